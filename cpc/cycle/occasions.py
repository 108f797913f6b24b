"""Of what the cycle reminds: days of the due list, prompts, and talks of which nothing was heard for a while."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Case as Whether
from django.db.models import F, Max, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from cpc.accounts.models import User
from cpc.cases.models import DatePrecision
from cpc.cycle.journey_queries import posts_on
from cpc.cycle.models import (
    ContactLogEntry,
    Conversation,
    ConversationState,
    CycleDate,
    CycleDateKind,
    Prompt,
    PromptState,
)
from cpc.cycle.queries import DueState, due_list, trigger_text
from cpc.deadlines.occasions import COLUMNS, Source, Subject, register_source
from cpc.deadlines.recipients import register_advisers

# A window that opened, or a prompt that was made, while nobody looked is told of for so many days. What was missed
# for longer, such as in the years before this service began, stands in the due list.
AGE = 60
# Talks are under way, or led to an end: nothing needs to be said of the window, or of the date.
SETTLED = {
    CycleDateKind.WINDOW_OPENS: {
        DueState.BOOKED,
        DueState.DECLINED,
        DueState.IN_CONVERSATION,
        DueState.NO_DATE_AGREED,
    },
    CycleDateKind.DUE: {DueState.BOOKED, DueState.DECLINED},
}
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
    dates = list(CycleDate.objects.filter(pk__in=ids).select_related("council"))
    rows = {row.council.pk: row for row in due_list(timezone.localdate(), {each.council_id for each in dates})}
    found = {}
    for each in dates:
        kind = CycleDateKind(each.kind)
        row = rows.get(each.council_id)
        if row is None or row.state in SETTLED[kind]:
            continue
        on, text = (
            (row.window_on, row.window_text) if kind == CycleDateKind.WINDOW_OPENS else (row.due_on, row.due_text)
        )
        if on is None:
            continue
        found[each.pk] = Subject(
            source="cycle_date",
            row=each.pk,
            kind=each.kind,
            on=on,
            owner="",
            council=row.council,
            case=None,
            title=row.council.name,
            label=kind.label,
            url=f"/councils/{row.council.slug}/",
            date_text=text,
            is_exact=row.precision == DatePrecision.DAY,
            is_promise=kind == CycleDateKind.DUE,
            detail="; ".join(row.reasons),
        )
    return found


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
    prompts = (
        Prompt.objects.filter(pk__in=ids, state=PromptState.OPEN).select_related("council").prefetch_related("triggers")
    )
    return {
        prompt.pk: Subject(
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
            detail="; ".join(trigger_text(trigger) for trigger in prompt.triggers.all()),
        )
        for prompt in prompts
    }


# ------------------------------------------------------------------ talks of which nothing was heard


def _talks() -> QuerySet[Conversation]:
    """Talks that are under way, with the day on which something was last written down about them."""
    last = (
        ContactLogEntry.objects.filter(council=OuterRef("council"))
        .order_by()
        .values("council")
        .annotate(last=Max("on"))
        .values("last")
    )
    return Conversation.objects.filter(
        ended_on__isnull=True, state__in=[ConversationState.IN_CONVERSATION, ConversationState.NO_DATE_AGREED]
    ).annotate(day=Greatest(F("started_on"), Coalesce(Subquery(last), F("started_on"))))


def _talk_rows() -> QuerySet:
    return (
        _talks()
        .order_by()
        .annotate(row=F("pk"), kind=Value(UNHEARD), owner=Value(""), nation=F("council__nation"))
        .values(*COLUMNS)
    )


def _tell_talks(ids: Collection[int]) -> dict[int, Subject]:
    talks = list(_talks().filter(pk__in=ids).select_related("council"))
    rows = {row.council.pk: row for row in due_list(timezone.localdate(), {talk.council_id for talk in talks})}
    return {
        talk.pk: Subject(
            source="cycle_talk",
            row=talk.pk,
            kind=UNHEARD,
            on=talk.day,  # type: ignore[attr-defined]
            owner="",
            council=talk.council,
            case=None,
            title=talk.council.name,
            label="Last word about a peer challenge",
            url=f"/councils/{talk.council.slug}/",
            date_text=f"{talk.day:%-d %B %Y}",  # type: ignore[attr-defined]
            is_promise=False,
            detail=talk.get_state_display().lower(),
        )
        for talk in talks
        if talk.council_id in rows and rows[talk.council_id].state != DueState.BOOKED
    }


register_advisers(advisers_of)
register_source(
    Source("cycle_date", lambda: {kind.value: kind.label for kind in CycleDateKind}, _date_rows, _tell_dates, AGE)
)
register_source(
    Source(
        "cycle_prompt",
        lambda: {
            PROMPT: "Something happened that makes a peer challenge timely",
            SOFT_PROMPT: "Chief executive long in post without a peer challenge",
        },
        _prompt_rows,
        _tell_prompts,
        AGE,
    )
)
register_source(
    Source(
        "cycle_talk", lambda: {UNHEARD: "Nothing written down about talks with a council"}, _talk_rows, _tell_talks, 366
    )
)
