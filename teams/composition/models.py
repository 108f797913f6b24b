"""Stage 2: who is on the team of one case, what they answered, and what the council said."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cpc.cases.in_force import all_hold
from cpc.cases.models import LEAD_PEER_ROLES, PEER_CASE_ROLES, Case, CaseRole

if TYPE_CHECKING:
    from cpc.accounts.models import User

# In the order in which reports print a team.
PEER_ROLES: tuple[CaseRole, ...] = (
    CaseRole.LEAD_OFFICER_PEER,
    CaseRole.LEAD_MEMBER_PEER,
    CaseRole.MEMBER_PEER,
    CaseRole.SENIOR_OFFICER_PEER,
    CaseRole.ASSOCIATE_PEER,
    CaseRole.SHADOW_PEER,
)
MEMBER_PEER_ROLES = frozenset({CaseRole.LEAD_MEMBER_PEER, CaseRole.MEMBER_PEER})
OFFICER_PEER_ROLES = frozenset({CaseRole.LEAD_OFFICER_PEER, CaseRole.SENIOR_OFFICER_PEER, CaseRole.ASSOCIATE_PEER})

# R17: who may say that the leader has talked to the lead member peer. Nobody else, however senior.
TALK_ROLES = frozenset({CaseRole.COORDINATOR, CaseRole.LEADER, CaseRole.PEER_CHALLENGE_MANAGER})


class Team(models.Model):
    """One for a case, made when the stage opens. Confirmed as a whole; reopened with a reason."""

    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="team")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # R15: the needs that a programme manager waived when confirming; a need that arises later is not among them.
    waived_needs = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    waiver_reason = models.TextField(max_length=2000, blank=True)
    # R18: the day the council was shown the proposed team and asked for its view.
    shared_at = models.DateTimeField(null=True, blank=True)
    shared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # R17: the leader has met or talked to the lead member peer.
    talk_on = models.DateField(null=True, blank=True)
    talk_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="team_confirmed_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(shared_at__isnull=True, shared_by__isnull=True)
                | Q(shared_at__isnull=False, shared_by__isnull=False),
                name="team_shared_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(talk_on__isnull=True, talk_by__isnull=True)
                | Q(talk_on__isnull=False, talk_by__isnull=False),
                name="team_talk_who_and_when",
            ),
            models.CheckConstraint(condition=Q(waived_needs=[]) | ~Q(waiver_reason=""), name="team_waiver_has_reason"),
        ]

    def __str__(self) -> str:
        return f"Team of {self.case_id}"


class MemberState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    INVITED = "invited", "Invited"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


# Still on the team, or may come onto it.
STANDING = (MemberState.PROPOSED, MemberState.INVITED, MemberState.ACCEPTED)


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def standing(self) -> TeamMemberQuerySet:
        return self.filter(state__in=STANDING)

    def accepted(self) -> TeamMemberQuerySet:
        return self.filter(state=MemberState.ACCEPTED)

    def resting_on_nothing(self) -> TeamMemberQuerySet:
        """Places in cases under way of people who can no longer be a peer there, by the rule of memberships."""
        under_way = self.standing().exclude(team__case__state__in=["closed", "cancelled"])
        return under_way.exclude(all_hold(timezone.localdate(), "team__case"))

    def in_order(self) -> TeamMemberQuerySet:
        """As reports print a team: leads first."""
        position = models.Case(
            *(models.When(role=role, then=models.Value(index)) for index, role in enumerate(PEER_ROLES)),
            default=models.Value(len(PEER_ROLES)),
        )
        return self.order_by(position, "user__full_name", "pk")

    def addressed_to(self, user: User) -> TeamMemberQuerySet:
        """Invitations that this person has had, whatever became of them: the one page an invited peer may open."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(user=user, invited_at__isnull=False)

    def visible_to(self, user: User) -> TeamMemberQuerySet:
        """Rows of cases that this person may know of, and their own invitations."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        cases = Case.objects.visible_to(user)
        return self.filter(Q(team__case__in=cases) | Q(user=user, invited_at__isnull=False))


class TeamMember(models.Model):
    """One person considered for one team. Somebody who declined and is asked again gets a new row."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="team_places")
    role = models.CharField(max_length=30, choices=[(role.value, role.label) for role in PEER_ROLES])
    state = models.CharField(max_length=10, choices=MemberState.choices, default=MemberState.PROPOSED)
    # "Leader, Breckland Council": frozen here, because a report names the post held at the time.
    post_printed = models.CharField(max_length=300)
    # R14: what this peer brings, and where they will press the council. Read by the LGA alone.
    fit_note = models.TextField(max_length=2000, blank=True)
    challenge_note = models.TextField(max_length=2000, blank=True)
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(null=True, blank=True)
    answer_by_on = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(max_length=2000, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = models.TextField(max_length=2000, blank=True)
    # The onsite days this person said yes to; compared with the case's, should they change.
    dates_agreed_start = models.DateField(null=True, blank=True)
    dates_agreed_end = models.DateField(null=True, blank=True)
    # Whose place this person takes: such a place is open until the last onsite day, also when the team is signed off.
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"], condition=Q(state__in=STANDING), name="team_member_standing_once"
            ),
            models.UniqueConstraint(
                fields=["team", "role"],
                condition=Q(state__in=STANDING, role__in=sorted(LEAD_PEER_ROLES)),
                name="team_member_one_lead_each",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["invited", "accepted", "declined"]) | Q(invited_at__isnull=False),
                name="team_member_asked_before_answer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "declined"]) | Q(answered_at__isnull=False),
                name="team_member_answer_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decline_reason=""), name="team_member_decline_has_reason"
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(state="withdrawn") & Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                    | Q(state="withdrawn", withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~Q(withdrawn_reason="")
                ),
                name="team_member_withdrawn_who_when_why",
            ),
            models.CheckConstraint(
                condition=Q(dates_agreed_start__isnull=True, dates_agreed_end__isnull=True)
                | Q(dates_agreed_end__gte=F("dates_agreed_start")),
                name="team_member_dates_in_order",
            ),
            models.CheckConstraint(condition=Q(role__in=sorted(PEER_CASE_ROLES)), name="team_member_role_is_a_peers"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    @property
    def is_standing(self) -> bool:
        return self.state in STANDING

    def agreed_to(self, start_on: date | None, end_on: date | None) -> bool:
        return (self.dates_agreed_start, self.dates_agreed_end) == (start_on, end_on)


class ConflictKind(models.TextChoices):
    """What a peer says of themselves and the host council. Earlier service on its team is not one (R21)."""

    EMPLOYED = "employed", "I work or worked for this council, or was a councillor of it"
    APPLIED = "applied", "I have applied for a post there"
    NEIGHBOUR = "neighbour", "My council is its neighbour or its partner"
    CONTRACT = "contract", "I mentor someone there, or have a contract with it"
    FAMILY = "family", "I have family or a close friend there"
    APPOINTMENT = "appointment", "We share a political appointment"
    REVIEWED = "reviewed", "I have reviewed or inspected it in another capacity"
    REVERSE = "reverse", "Someone of that council is reviewing, or has reviewed, mine"
    NONE = "none", "Nothing to declare"


class ConflictDecision(models.TextChoices):
    WAIVED = "waived", "They can still be on the team"
    BLOCKED = "blocked", "They cannot be on the team"


class ConflictDeclaration(models.Model):
    """What somebody declared for one case, kept for good; a later declaration replaces an earlier one (X2).

    The LGA decides on each, by name and with a reason: a team with one undecided is not confirmed.
    """

    case = models.ForeignKey("cpc.Case", on_delete=models.PROTECT, related_name="conflict_declarations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conflict_declarations")
    kind = models.CharField(max_length=20, choices=ConflictKind.choices)
    text = models.TextField(max_length=2000, blank=True)
    declared_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=ConflictDecision.choices, blank=True, default="", db_default="")
    decision_reason = models.TextField(max_length=2000, blank=True, default="", db_default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["declared_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(decision="") & ~Q(decision_reason="") & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="conflict_decision_who_when_why",
            ),
            models.UniqueConstraint(
                fields=["case", "user", "kind"], condition=Q(replaced_at__isnull=True), name="conflict_declared_once"
            ),
            models.CheckConstraint(condition=Q(kind="none") | ~Q(text=""), name="conflict_has_words"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_undecided(self) -> bool:
        return self.kind != ConflictKind.NONE and not self.decision


class CommentKind(models.TextChoices):
    COMMENT = "comment", "Comment"
    OBJECTION = "objection", "Objection"


class CommentDecision(models.TextChoices):
    WILL_CHANGE = "will_change", "The LGA will change the team"
    STANDS = "stands", "The proposed team does not change"


class CouncilComment(models.Model):
    """R18, X2: the council comments or objects with a reason, the LGA decides, by name. The council adds nobody."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="comments")
    member = models.ForeignKey(
        TeamMember, null=True, blank=True, on_delete=models.PROTECT, related_name="council_comments"
    )
    kind = models.CharField(max_length=10, choices=CommentKind.choices)
    reason = models.TextField(max_length=2000)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Made once for each opening of the form, so that a second press of the button adds nothing.
    form_key = models.UUIDField(unique=True)
    decision = models.CharField(max_length=15, choices=CommentDecision.choices, blank=True)
    decision_reason = models.TextField(max_length=2000, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="council_comment_has_reason"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(decision="") & ~Q(decision_reason="") & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="council_comment_decision_who_when_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"

    @property
    def is_open(self) -> bool:
        """An objection that the LGA has not decided yet."""
        return self.kind == CommentKind.OBJECTION and not self.decision


class GroupConsultation(models.Model):
    """R19: the leader of one political group was asked about the team, on a day."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="consultations")
    group = models.CharField(max_length=100)
    leader_name = models.CharField(max_length=150)
    consulted_on = models.DateField()
    view = models.TextField(max_length=2000, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["group", "pk"]
        constraints = [models.UniqueConstraint(fields=["team", "group"], name="group_consulted_once")]

    def __str__(self) -> str:
        return f"{self.group}: {self.leader_name}"
