"""Stage 4: the days, the sessions, what the team finds, and that the leads have talked."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class OnsiteDay(models.Model):
    """One day of the visit. Made from the case's dates; a day with sessions or findings is never deleted silently."""

    case = models.ForeignKey("cpc.Case", on_delete=models.PROTECT, related_name="onsite_days")
    on = models.DateField()

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["case", "on"], name="onsite_day_once")]

    def __str__(self) -> str:
        return f"{self.on:%A %-d %B %Y}"


class SessionKind(models.TextChoices):
    """R40, R41, R43, R84."""

    LEADERSHIP = "leadership", "Leadership"
    GROUP_LEADERS = "group_leaders", "Group leaders"
    FRONTLINE_MEMBERS = "frontline_members", "Frontline councillors"
    OFFICERS = "officers", "Officers"
    STAFF = "staff", "Staff focus group"
    HEALTH = "health", "Health partners"
    DISTRICTS = "districts", "District or county councils"
    POLICE = "police", "Police and fire"
    BUSINESS = "business", "Business"
    VOLUNTARY = "voluntary", "Voluntary and community sector"
    PARISH = "parish", "Town and parish councils"
    OBSERVED = "observed", "Observed meeting"
    TOUR = "tour", "Tour"
    OFF_RECORD = "off_record", "Off the record"
    TEAM = "team", "Team meeting"


# A dinner may go on past midnight: what begins in the evening may end in the night after it.
EVENING, NIGHT = time(17), time(5)


def is_span(starts_at: time, ends_at: time) -> bool:
    """Whether a session can be from the one time to the other, the other maybe after midnight."""
    return ends_at > starts_at or (starts_at >= EVENING and ends_at <= NIGHT)


class Session(models.Model):
    """A meeting, focus group or visit of the timetable. Off the record: the council sees the kind and the time only."""

    day = models.ForeignKey(OnsiteDay, on_delete=models.PROTECT, related_name="sessions")
    kind = models.CharField(max_length=20, choices=SessionKind.choices)
    title = models.CharField(max_length=150)
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    place = models.CharField(max_length=150, blank=True)
    who_with = models.CharField(max_length=500, blank=True)
    political_group = models.CharField(max_length=80, blank=True)
    peers = models.ManyToManyField("cpc.CaseMembership", blank=True, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day__on", "starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) | Q(starts_at__gte=EVENING, ends_at__lte=NIGHT),
                name="session_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end in minutes from the beginning of its day; an end after midnight lies beyond the day's 1440."""
        start, end = (each.hour * 60 + each.minute for each in (self.starts_at, self.ends_at))
        return start, end if end > start else end + 24 * 60

    @property
    def ends_next_day(self) -> bool:
        return self.ends_at <= self.starts_at

    @property
    def starts(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.day.on, self.starts_at))

    @property
    def ends(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.day.on + timedelta(days=self.ends_next_day), self.ends_at))

    @property
    def is_off_record(self) -> bool:
        return self.kind == SessionKind.OFF_RECORD


class TalkPair(models.TextChoices):
    """R33: each onsite day has both."""

    LEADERS = "leaders", "Leader and lead member peer"
    CHIEF_EXECUTIVES = "chief_executives", "Chief executive and lead officer peer"


class TalkState(models.TextChoices):
    PLANNED = "planned", "Not recorded yet"
    TOOK_PLACE = "took_place", "Took place"
    MOVED = "moved", "Moved"
    NOT_HELD = "not_held", "Not held"


class DailyTalk(models.Model):
    """That two people talked. There is no field for what was said, on purpose (R33, R37): a safe space keeps no text."""

    day = models.ForeignKey(OnsiteDay, on_delete=models.CASCADE, related_name="talks")
    pair = models.CharField(max_length=20, choices=TalkPair.choices)
    state = models.CharField(max_length=10, choices=TalkState.choices, default=TalkState.PLANNED)
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day__on", "pair"]
        constraints = [
            models.UniqueConstraint(fields=["day", "pair"], name="daily_talk_once"),
            models.CheckConstraint(
                condition=Q(recorded_at__isnull=True, recorded_by__isnull=True)
                | Q(recorded_at__isnull=False, recorded_by__isnull=False),
                name="daily_talk_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_pair_display()}, {self.day}"


class FindingState(models.TextChoices):
    """R35: hypotheses tested through the week."""

    HYPOTHESIS = "hypothesis", "Hypothesis"
    DEVELOPING = "developing", "Developing"
    CONFIRMED = "confirmed", "Confirmed"
    DROPPED = "dropped", "Dropped"


class FindingKind(models.TextChoices):
    """R62: strengths are recorded as firmly as recommendations."""

    STRENGTH = "strength", "Strength"
    RECOMMENDATION = "recommendation", "Towards a recommendation"


class Finding(models.Model):
    """What somebody of the team saw. The council never reads this board; it hears findings by word."""

    case = models.ForeignKey("cpc.Case", on_delete=models.PROTECT, related_name="findings")
    focus_area = models.ForeignKey("cpc.FocusArea", on_delete=models.PROTECT, related_name="findings")
    kind = models.CharField(max_length=15, choices=FindingKind.choices)
    state = models.CharField(max_length=12, choices=FindingState.choices, default=FindingState.HYPOTHESIS)
    headline = models.CharField(max_length=200)
    text = models.TextField(max_length=4000, blank=True)
    # R85: for the two leads and the peer challenge manager alone, until it is opened.
    is_restricted = models.BooleanField(default=False)
    # R53: about somebody who can be recognised; it never reaches the report.
    concerns_person = models.BooleanField(default=False)
    # R36: no big reveals.
    raised_with_council = models.BooleanField(default=False)
    # R16: agreed when the political and the officer view both stand behind it.
    endorsed_by_member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    endorsed_by_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Made by the phone that posts it: the same post again is the same finding.
    client_key = models.UUIDField(default=uuid.uuid4, unique=True)
    logged_at = models.DateTimeField(default=timezone.now)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state_changed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["focus_area__order", "-logged_at", "-pk"]
        indexes = [models.Index(fields=["case", "focus_area", "state"], name="finding_board")]

    def __str__(self) -> str:
        return self.headline

    @property
    def is_agreed(self) -> bool:
        return self.endorsed_by_member_id is not None and self.endorsed_by_officer_id is not None


class FinalFeedback(models.Model):
    """That the final presentation was given, and that the leadership heard it first (R54)."""

    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="final_feedback")
    held_on = models.DateField()
    leader_heard_first = models.BooleanField()
    chief_executive_heard_first = models.BooleanField()
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Final feedback, {self.held_on}"
