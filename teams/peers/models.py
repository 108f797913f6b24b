"""The pool: who can serve as a peer, on what, and when. Access to a case never follows from a profile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cpc.components.search import folded_column, folded_index

if TYPE_CHECKING:
    from cpc.accounts.models import User

# X7: a profile nobody has looked at for a year is marked as old.
CONFIRMED_FOR = timedelta(days=365)


class PeerKind(models.TextChoices):
    MEMBER = "member", "Member peer"
    OFFICER = "officer", "Officer peer"


class Party(models.TextChoices):
    """As parties are named beside member peers in reports."""

    CONSERVATIVE = "conservative", "Conservative"
    GREEN = "green", "Green"
    INDEPENDENT = "independent", "Independent"
    LABOUR = "labour", "Labour"
    LIBERAL_DEMOCRAT = "liberal_democrat", "Liberal Democrat"
    PLAID_CYMRU = "plaid_cymru", "Plaid Cymru"
    REFORM_UK = "reform_uk", "Reform UK"
    RESIDENTS = "residents", "Residents’ association"
    SNP = "snp", "Scottish National Party"
    OTHER = "other", "Another party"


class Skill(models.TextChoices):
    """What a team is looked through for: the usual skills, then topics of areas of focus."""

    FINANCE = "finance", "Finance (section 151 officer)"
    GOVERNANCE = "governance", "Governance (monitoring officer)"
    NOC = "noc", "Leading in no overall control"
    DEVOLUTION = "devolution", "Devolution and combined authorities"
    REORGANISATION = "reorganisation", "Local government reorganisation"
    TRANSFORMATION = "transformation", "Transformation and digital"
    COMMERCIAL = "commercial", "Commercial activity and income"
    COMMUNICATIONS = "communications", "Communications"
    WORKFORCE = "workforce", "Workforce and culture"
    SCRUTINY = "scrutiny", "Overview and scrutiny"
    HOUSING = "housing", "Housing"
    PLANNING = "planning", "Planning"
    REGENERATION = "regeneration", "Regeneration and growth"
    CLIMATE = "climate", "Climate and environment"
    ADULT_CARE = "adult_care", "Adult social care and health"
    CHILDREN = "children", "Children’s services"
    COMMUNITY = "community", "Communities and partnerships"


class Region(models.TextChoices):
    """Values are the names that the register of councils uses."""

    EAST_MIDLANDS = "East Midlands", "East Midlands"
    EAST = "East of England", "East of England"
    LONDON = "London", "London"
    NORTH_EAST = "North East", "North East"
    NORTH_WEST = "North West", "North West"
    NORTHERN_IRELAND = "Northern Ireland", "Northern Ireland"
    SCOTLAND = "Scotland", "Scotland"
    SOUTH_EAST = "South East", "South East"
    SOUTH_WEST = "South West", "South West"
    WALES = "Wales", "Wales"
    WEST_MIDLANDS = "West Midlands", "West Midlands"
    YORKSHIRE = "Yorkshire and The Humber", "Yorkshire and The Humber"


class PeerProfileQuerySet(models.QuerySet["PeerProfile"]):
    def visible_to(self, user: User) -> PeerProfileQuerySet:
        """LGA staff see the pool; everybody else their own profile."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_lga_staff else self.filter(user=user)


class PeerProfile(models.Model):
    """One person of the pool. Their council is the account's; their post is printed as they give it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="peer_profile")
    kind = models.CharField(max_length=10, choices=PeerKind.choices)
    current_post = models.CharField(max_length=150)
    # R15 asks for a chief executive and for a leader or another senior member: former ones serve too.
    is_chief_executive = models.BooleanField(default=False)
    is_council_leader = models.BooleanField(default=False)
    is_senior_member = models.BooleanField(default=False)
    is_former = models.BooleanField(default=False)
    party = models.CharField(max_length=20, choices=Party.choices, blank=True)
    region = models.CharField(max_length=40, choices=Region.choices, blank=True)
    skills = ArrayField(models.CharField(max_length=20, choices=Skill.choices), default=list, blank=True)
    other_skills = models.TextField(max_length=1000, blank=True)
    # X7: of any provider, not the LGA's alone.
    training = models.TextField(max_length=2000, blank=True)
    last_confirmed_on = models.DateField(null=True, blank=True)
    # A profile is as fresh on the day it is made as one that was confirmed that day; empty for those of before.
    added_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    current_post_folded = folded_column("current_post")
    other_skills_folded = folded_column("other_skills")

    objects = PeerProfileQuerySet.as_manager()

    class Meta:
        ordering = ["user__full_name", "pk"]
        indexes = [
            folded_index("current_post_folded", name="peer_post_folded"),
            folded_index("other_skills_folded", name="peer_skills_folded"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="member", is_chief_executive=False)
                | Q(kind="officer", is_council_leader=False, is_senior_member=False, party=""),
                name="peer_profile_fits_kind",
            ),
            models.CheckConstraint(condition=~Q(kind="member") | ~Q(party=""), name="peer_profile_member_has_party"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.current_post}"

    @property
    def is_out_of_date(self) -> bool:
        looked_at = max((on for on in (self.last_confirmed_on, self.added_on) if on), default=None)
        return looked_at is None or looked_at < timezone.localdate() - CONFIRMED_FOR

    @property
    def skill_labels(self) -> list[str]:
        labels = dict(Skill.choices)
        return [labels[code] for code in self.skills if code in labels]

    @property
    def post_as_printed(self) -> str:
        """As reports print it: “Leader, Breckland Council”, “former Leader, RB Kingston upon Thames”."""
        post = self.current_post
        if self.is_former and not post.lower().startswith("former"):
            post = f"former {post}"
        council = self.user.council
        return f"{post}, {council.official_name or council.name}" if council else post


class AvailabilityWindow(models.Model):
    """Days on which a peer could be onsite."""

    profile = models.ForeignKey(PeerProfile, on_delete=models.CASCADE, related_name="windows")
    start_on = models.DateField()
    end_on = models.DateField()

    class Meta:
        ordering = ["start_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end_on__gte=F("start_on")), name="availability_ends_after_start"),
            models.UniqueConstraint(fields=["profile", "start_on", "end_on"], name="availability_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start_on:%-d %B %Y} to {self.end_on:%-d %B %Y}"

    def covers(self, start_on: date, end_on: date) -> bool:
        return self.start_on <= start_on and end_on <= self.end_on
