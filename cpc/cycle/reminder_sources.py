"""Of what the cycle reminds: days of the due list, prompts, and talks of which nothing was heard for a while."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Case as Whether
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.cases.models import Case, CaseState, DatePrecision
from cpc.cases.stages import kinds_of_the_cycle
from cpc.cycle.expected import Expected, expected_prompts
from cpc.cycle.journey.queries import posts_on
from cpc.cycle.models import (
    ContactLogEntry,
    Conversation,
    ConversationState,
    CycleDate,
    CycleDateKind,
    Prompt,
    PromptState,
)
from cpc.cycle.queries import cycle_days, due_list, known_date, trigger_text
from cpc.reminders.recipients import register_advisers
from cpc.reminders.sources import COLUMNS, Source, Subject, register_source

# A window that opened, or a prompt that was made, while nobody looked is told of for so many days. What was missed
# for longer, such as in the years before this service began, stands in the due list.
AGE = 60
# What `ahead` says where the reasons of a day to come cannot be known yet.
REASONS = "the reasons at the time"
CASE_UNDER_WAY = [CaseState.ACTIVE, CaseState.POSTPONED, CaseState.PAUSED]
PROMPT, SOFT_PROMPT, UNHEARD = "cycle_prompt", "cycle_soft_prompt", "cycle_unheard"


def advisers_of(councils: Collection[int], on: date) -> dict[int, User]:
    """Council -> its principal adviser on a day, where there is one with an account that is in use."""
    posts = posts_on(on).filter(council__in=councils, user__is_active=True).select_related("user")
    return {post.council_id: post.user for post in posts.order_by("started_on", "pk")}


# ------------------------------------------------------------------ days of the due list


def _date_rows() -> QuerySet:
    return (
        CycleDate.objects.order_by()
        .annotate(row=F("pk"), day=F("on"), owner=Value(""), nation=F("council__nation"))
        .values(*COLUMNS)
    )


def _tell_dates(ids: Collection[int]) -> dict[int, Subject]:
    """What the due list says of them now; what it no longer says drops out."""
    dates = list(CycleDate.objects.filter(pk__in=ids))
    rows = {row.council.pk: row for row in due_list(timezone.localdate(), {each.council_id for each in dates})}
    found = {}
    for each in dates:
        row = rows.get(each.council_id)
        on = cycle_days(row).get(each.kind) if row else None
        if row is not None and on is not None:
            found[each.pk] = _of_date(each, row.council, on, row.precision, "; ".join(row.reasons))
    return found


def _dates_ahead(from_on: date, until_on: date) -> list[Subject]:
    dates = CycleDate.objects.filter(on__gte=from_on, on__lte=until_on).select_related("council")
    return [_of_date(each, each.council, each.on, each.precision, REASONS) for each in dates]


def _of_date(date_: CycleDate, council: Council, on: date, precision: str, detail: str) -> Subject:
    return Subject(
        source="cycle_date",
        row=date_.pk,
        kind=date_.kind,
        on=on,
        owner="",
        council=council,
        case=None,
        title=council.name,
        label=CycleDateKind(date_.kind).label,
        url=f"/councils/{council.slug}/",
        date_text=known_date(on, precision),
        is_exact=precision == DatePrecision.DAY,
        is_year=precision == DatePrecision.YEAR,
        is_promise=date_.kind == CycleDateKind.DUE,
        detail=detail,
    )


# ------------------------------------------------------------------ prompts


def _prompt_rows() -> QuerySet:
    return (
        Prompt.objects.filter(state=PromptState.OPEN)
        .order_by()
        .annotate(
            row=F("pk"),
            kind=Whether(When(is_soft=True, then=Value(SOFT_PROMPT)), default=Value(PROMPT)),
            day=F("made_on"),
            owner=Value(""),
            nation=F("council__nation"),
        )
        .values(*COLUMNS)
    )


def _tell_prompts(ids: Collection[int]) -> dict[int, Subject]:
    prompts = _open_prompts().filter(pk__in=ids).prefetch_related("triggers")
    return {
        prompt.pk: _of_prompt(prompt, "; ".join(trigger_text(trigger) for trigger in prompt.triggers.all()))
        for prompt in prompts
    }


def _prompts_ahead(from_on: date, until_on: date) -> list[Subject]:
    """Those that stand, and those of days to come whose reason is known now: a leader who begins, an intervention that
    ends, a council that begins, a chief executive who will have been in post for long."""
    standing = _open_prompts().filter(made_on__gte=from_on, made_on__lte=until_on)
    coming = expected_prompts(max(from_on, timezone.localdate() + timedelta(days=1)), until_on)
    return [
        *(_of_prompt(prompt, REASONS) for prompt in standing),
        *(_of_expected(each) for each in coming),
    ]


def _of_expected(expected: Expected) -> Subject:
    return replace(
        _of_prompt(Prompt(council=expected.council, made_on=expected.on, is_soft=expected.is_soft), expected.detail),
        row=0,
        label="Reason to talk about a peer challenge, as far as is known now",
    )


def _open_prompts() -> QuerySet[Prompt]:
    return Prompt.objects.filter(state=PromptState.OPEN).select_related("council")


def _of_prompt(prompt: Prompt, detail: str) -> Subject:
    return Subject(
        source="cycle_prompt",
        row=prompt.pk,
        kind=SOFT_PROMPT if prompt.is_soft else PROMPT,
        on=prompt.made_on,
        owner="",
        council=prompt.council,
        case=None,
        title=prompt.council.name,
        label="Reason to talk about a peer challenge",
        url=f"/councils/{prompt.council.slug}/",
        date_text=f"{prompt.made_on:%-d %B %Y}",
        is_promise=False,
        detail=detail,
    )


# ------------------------------------------------------------------ talks of which nothing was heard


def _talks() -> Any:
    """Talks that are under way and have led to no challenge, with the day on which something was last written down about
    them."""
    last = (
        ContactLogEntry.objects.filter(council=OuterRef("council"))
        .order_by()
        .values("council")
        .annotate(last=Max("on"))
        .values("last")
    )
    under_way = Case.objects.filter(kind__in=kinds_of_the_cycle(), state__in=CASE_UNDER_WAY)
    return Conversation.objects.filter(
        # Two questions, not one with "or" in it: for that every talk is held against every case.
        ~Exists(under_way.filter(council=OuterRef("council"))),
        ~Exists(under_way.filter(joint_councils=OuterRef("council"))),
        ended_on__isnull=True,
        state__in=[ConversationState.IN_CONVERSATION, ConversationState.NO_DATE_AGREED],
    ).annotate(day=Greatest(F("started_on"), Coalesce(Subquery(last), F("started_on"))))


def _talk_rows() -> QuerySet:
    return (
        _talks()
        .order_by()
        .annotate(row=F("pk"), kind=Value(UNHEARD), owner=Value(""), nation=F("council__nation"))
        .values(*COLUMNS)
    )


def _tell_talks(ids: Collection[int]) -> dict[int, Subject]:
    return {talk.pk: _of_talk(talk) for talk in _talks().filter(pk__in=ids).select_related("council")}


def _talks_ahead(from_on: date, until_on: date) -> list[Subject]:
    talks = _talks().filter(day__gte=from_on, day__lte=until_on).select_related("council")
    return [_of_talk(talk) for talk in talks]


def _of_talk(talk: Any) -> Subject:
    return Subject(
        source="cycle_talk",
        row=talk.pk,
        kind=UNHEARD,
        on=talk.day,
        owner="",
        council=talk.council,
        case=None,
        title=talk.council.name,
        label="Last contact about a peer challenge",
        url=f"/councils/{talk.council.slug}/",
        date_text=f"{talk.day:%-d %B %Y}",
        is_promise=False,
        detail=talk.get_state_display().lower(),
    )


register_advisers(advisers_of)
register_source(
    Source(
        "cycle_date",
        lambda: {kind.value: kind.label for kind in CycleDateKind},
        _date_rows,
        _tell_dates,
        _dates_ahead,
        AGE,
    )
)
register_source(
    Source(
        "cycle_prompt",
        lambda: {
            PROMPT: "Reason to get in touch about a peer challenge",
            SOFT_PROMPT: "Chief executive long in post without a peer challenge",
        },
        _prompt_rows,
        _tell_prompts,
        _prompts_ahead,
        AGE,
    )
)
register_source(
    Source(
        "cycle_talk",
        lambda: {UNHEARD: "No recent contact recorded with a council"},
        _talk_rows,
        _tell_talks,
        _talks_ahead,
        366,
    )
)
