"""What followed a past challenge, entered by hand."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from cpc.audit.services import record
from cpc.cases.models import Case, CaseOrigin, DatePrecision, PastEvent, PastEventKind
from cpc.casework.importers.past.challenges import KnownDate
from cpc.casework.importers.plausible import of_onsite_days, of_report, of_review, of_span, of_weekend
from cpc.casework.services import lock_case
from cpc.components.errors import Refused


@transaction.atomic
def add_past_review(
    *,
    case: Case,
    kind: str,
    starts: KnownDate | None,
    ends: KnownDate | None = None,
    report: KnownDate | None,
    source: str = "",
    is_confirmed: bool = False,
    by: Any,
) -> PastEvent:
    """A review or visit after a past challenge, with what is known of its days (R11). The same again is the same."""
    case = lock_case(case)
    if case.origin != CaseOrigin.HISTORY or case.onsite_end_on is None or case.onsite_start_on is None:
        raise Refused("This challenge is run here: it tells itself what followed it.")
    when = starts or report
    if when is None:
        raise Refused("Enter when it began, or when its report was published", field="starts")
    field = "starts" if starts else "report"
    if when.first > timezone.localdate() or (report and report.first > timezone.localdate()):
        raise Refused("The day must be today or in the past", field=field)
    if when.last < case.onsite_start_on:
        raise Refused("It lies before the peer challenge", field=field)
    if ends and starts is None:
        raise Refused("Enter the first day too", field="starts")
    if ends and starts and ends.precision != starts.precision:
        raise Refused("Enter the last day as exactly as the first", field="ends")
    if ends and starts and ends.last < starts.first:
        raise Refused("The last day must be the same as or after the first", field="ends")
    if starts and report and report.last < starts.first:
        raise Refused("The report was published after it began", field="report")
    standing = PastEvent.objects.filter(case=case, kind=kind, starts_on=starts.first if starts else None).first()
    if standing:
        return standing
    questions = _questions(case, PastEventKind(kind), starts, ends, report)
    if questions and not is_confirmed:
        raise Refused(" ".join(questions) + " If these days are right, say so", field="confirmed")
    event = PastEvent.objects.create(
        case=case,
        kind=kind,
        starts_on=starts.first if starts else None,
        ends_on=ends.first if ends else None,
        precision=starts.precision if starts else DatePrecision.DAY,
        report_on=report.first if report else None,
        report_precision=report.precision if report else DatePrecision.DAY,
        source=source.strip(),
    )
    record(verb="past_review_added", by=by, case=case, data={"what": str(event)})
    return event


def _questions(
    case: Case, kind: PastEventKind, starts: KnownDate | None, ends: KnownDate | None, report: KnownDate | None
) -> list[str]:
    name, ended = kind.label.lower(), case.onsite_end_on
    when = starts or report
    is_day = bool(starts) and starts.precision == DatePrecision.DAY  # type: ignore[union-attr]
    others = PastEvent.objects.filter(case=case, kind=kind, starts_on__isnull=False, precision=DatePrecision.DAY)
    days = list(others.values_list("starts_on", flat=True)) if is_day else []
    found = of_weekend(name, when.first) if is_day else []  # type: ignore[union-attr]
    if starts and ends:
        found += of_onsite_days(starts.first, ends.last) if is_day else of_span(starts.first, ends.first)
    found += of_review(name, when.first, ended, days)  # type: ignore[union-attr,arg-type]
    return found + (of_report(f"report of the {name}", report.first, ended) if report else [])  # type: ignore[arg-type]
