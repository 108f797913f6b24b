"""The register: councils with time in them. Knows nobody else."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from cpc.components.search import address_constraint, folded_column, folded_index, words_match


class CouncilType(models.TextChoices):
    COUNTY = "county", "County"
    DISTRICT = "district", "District"
    UNITARY = "unitary", "Unitary"
    METROPOLITAN = "metropolitan", "Metropolitan district"
    LONDON_BOROUGH = "london_borough", "London borough"
    WELSH_UNITARY = "welsh_unitary", "Welsh unitary"
    SCOTTISH_UNITARY = "scottish_unitary", "Scottish unitary"
    NI_DISTRICT = "ni_district", "Northern Irish district"


class Nation(models.TextChoices):
    ENGLAND = "England", "England"
    WALES = "Wales", "Wales"
    SCOTLAND = "Scotland", "Scotland"
    NORTHERN_IRELAND = "Northern Ireland", "Northern Ireland"


# Of each type, the nation that has it.
NATIONS = {
    CouncilType.COUNTY: Nation.ENGLAND,
    CouncilType.DISTRICT: Nation.ENGLAND,
    CouncilType.UNITARY: Nation.ENGLAND,
    CouncilType.METROPOLITAN: Nation.ENGLAND,
    CouncilType.LONDON_BOROUGH: Nation.ENGLAND,
    CouncilType.WELSH_UNITARY: Nation.WALES,
    CouncilType.SCOTTISH_UNITARY: Nation.SCOTLAND,
    CouncilType.NI_DISTRICT: Nation.NORTHERN_IRELAND,
}


class Scheme(models.TextChoices):
    ALL_OUT = "all_out", "Whole council"
    THIRDS = "thirds", "By thirds"
    HALVES = "halves", "By halves"


# A council that was entered before its code was given out has one of ours until then: this letter and eight digits.
# No code of the Office for National Statistics begins with it.
PROVISIONAL = "P"


def days_of_row(first: str = "started_on", last: str = "ended_on") -> Func:
    """The days of a row, from its first to its last (inclusive; without end where that is empty), for a constraint."""
    return Func(
        first,
        last,
        RangeBoundary(inclusive_lower=True, inclusive_upper=True),
        function="DATERANGE",
        output_field=DateRangeField(),
    )


class CouncilQuerySet(models.QuerySet["Council"]):
    def current(self, on: date | None = None) -> CouncilQuerySet:
        """Councils that exist on this day (today by default)."""
        on = on or timezone.localdate()
        return self.filter(Q(start_on__isnull=True) | Q(start_on__lte=on), Q(end_on__isnull=True) | Q(end_on__gte=on))

    def in_programme(self, on: date | None = None) -> CouncilQuerySet:
        """English principal councils by default, others by choice."""
        return self.current(on).filter(in_programme=True).order_by("name")

    def visible_to(self, user) -> CouncilQuerySet:
        """LGA staff see the register; people of a council see their own."""
        if user.is_lga_staff:
            return self
        return self.filter(pk=user.council_id) if user.council_id else self.none()

    def search(self, text: str) -> CouncilQuerySet:
        """By name, however it is written, or by code."""
        return self.filter(words_match(text, "name_folded", "official_name_folded") | Q(gss_code__iexact=text.strip()))

    def with_given_code(self) -> CouncilQuerySet:
        """Those that a source outside can name by their code."""
        return self.exclude(gss_code__startswith=PROVISIONAL)


class Council(models.Model):
    """A principal council: current, abolished or planned. `start_on` and `end_on` are its first and last day.

    `name` is not unique over time (two Somersets, two Cumbrias); `gss_code` and `slug` are.
    """

    gss_code = models.CharField(max_length=9, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=120)
    official_name = models.CharField(max_length=200)
    council_type = models.CharField(max_length=20, choices=CouncilType.choices)
    nation = models.CharField(max_length=20, choices=Nation.choices)
    region = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="districts")
    population = models.PositiveIntegerField(null=True, blank=True)
    population_year = models.PositiveSmallIntegerField(null=True, blank=True)
    start_on = models.DateField(null=True, blank=True)
    end_on = models.DateField(null=True, blank=True)
    election_scheme = models.CharField(max_length=10, choices=Scheme.choices, blank=True)
    last_ordinary_election = models.PositiveSmallIntegerField(null=True, blank=True)
    latitude = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    longitude = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    rural_urban = models.CharField(max_length=60, blank=True)
    in_programme = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    name_folded = folded_column("name")
    official_name_folded = folded_column("official_name")

    objects = CouncilQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="council_by_name"),
            folded_index("name_folded", name="council_name_folded"),
            folded_index("official_name_folded", name="council_official_folded"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(start_on__isnull=True) | Q(end_on__gte=F("start_on")),
                name="council_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_provisional_code(self) -> bool:
        return self.gss_code.startswith(PROVISIONAL)

    @property
    def status(self) -> str:
        """Current, abolished or planned, today."""
        today = timezone.localdate()
        if self.end_on and self.end_on < today:
            return "abolished"
        if self.start_on and self.start_on > today:
            return "planned"
        return "current"


class CouncilCode(models.Model):
    """A GSS code that the council had before; its last day (inclusive) where that is known.

    The council's own row holds the code of today, also where that is a provisional one.
    """

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="former_codes")
    code = models.CharField(max_length=9)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["council", "code"], name="council_code_once"),
            # A day has one code: two that ended together would be two on the day before.
            models.UniqueConstraint(fields=["council", "ended_on"], name="council_code_one_a_day"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_provisional(self) -> bool:
        return self.code.startswith(PROVISIONAL)


class Fact(models.TextChoices):
    """What the register tells of a council and can change while the council lives."""

    NAME = "name", "Name"
    OFFICIAL_NAME = "official_name", "Official name"
    COUNCIL_TYPE = "council_type", "Type"
    REGION = "region", "Region"
    PARENT = "parent", "County"
    ELECTION_SCHEME = "election_scheme", "Election scheme"


class FormerFact(models.Model):
    """What a fact was until a day (inclusive). The council's own row tells what it is now.

    `value` is the text as stored on the council; for the county it is the slug of that council.
    """

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="former_facts")
    fact = models.CharField(max_length=20, choices=Fact.choices)
    value = models.CharField(max_length=200, blank=True)
    ended_on = models.DateField()

    class Meta:
        ordering = ["fact", "ended_on"]
        constraints = [models.UniqueConstraint(fields=["council", "fact", "ended_on"], name="former_fact_once_a_day")]

    def __str__(self) -> str:
        return f"{self.get_fact_display()} until {self.ended_on}: {self.value}"


class SuccessionKind(models.TextChoices):
    MERGER = "merger", "Merged into"
    SPLIT = "split", "Split between"
    BOUNDARY = "boundary", "Gave part of its area to"
    CONTINUES = "continues", "Carries on as the same body"


# After these the predecessor is no more; after a change of boundaries it goes on.
ENDING_KINDS = {SuccessionKind.MERGER, SuccessionKind.SPLIT, SuccessionKind.CONTINUES}


class Succession(models.Model):
    """Who follows whom, many to many, from a day: the successor's first day."""

    predecessor = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="succeeded_by")
    successor = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="succeeds")
    on = models.DateField()
    # Empty for what was loaded without it: the register's file tells who follows whom, not how.
    kind = models.CharField(max_length=10, choices=SuccessionKind.choices, blank=True, default="", db_default="")

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} to {self.successor}"


class NeighbourSet(models.TextChoices):
    """Sets of similar councils, which their publishers call statistical neighbours. Who is near on the ground: near.py."""

    ANY = "any", "Similar councils of any type"
    SAME_TYPE = "same_type", "Similar councils of its type"
    CHILDRENS_SERVICES = "childrens", "Similar councils by children's services"


class Neighbour(models.Model):
    """A council that is similar by the figures of a set, the most similar first; wherever it lies."""

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="neighbours")
    neighbour = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="+")
    set = models.CharField(max_length=10, choices=NeighbourSet.choices)
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["set", "rank"]
        constraints = [models.UniqueConstraint(fields=["council", "set", "rank"], name="neighbour_rank_once")]

    def __str__(self) -> str:
        return f"{self.council} {self.rank}: {self.neighbour}"


class Post(models.TextChoices):
    LEADER = "leader", "Leader"
    MAYOR = "mayor", "Elected mayor"
    CHIEF_EXECUTIVE = "chief_executive", "Chief executive"


class Tenure(models.Model):
    """Who held a post, from a day until a day (inclusive)."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="tenures")
    post = models.CharField(max_length=20, choices=Post.choices)
    person_name = models.CharField(max_length=150)
    party = models.CharField(max_length=60, blank=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    # R8: kept as at the challenge.
    is_first_post = models.BooleanField(null=True, blank=True)
    is_interim = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="tenure_ends_after_start"
            ),
            ExclusionConstraint(
                name="tenure_one_at_a_time",
                expressions=[
                    ("council", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (days_of_row(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_name}, {self.get_post_display()}"


class PoliticalControl(models.Model):
    """Who ran the council after the elections of a year."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="controls")
    year = models.PositiveSmallIntegerField()
    control = models.CharField(max_length=60)

    class Meta:
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["council", "year"], name="control_once_a_year")]

    def __str__(self) -> str:
        return f"{self.year}: {self.control}"


class Seats(models.Model):
    """Seats of one party after the elections of a year."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="seats")
    year = models.PositiveSmallIntegerField()
    party = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["-year", "-number", "party"]
        constraints = [models.UniqueConstraint(fields=["council", "year", "party"], name="seats_once")]

    def __str__(self) -> str:
        return f"{self.year}: {self.party} {self.number}"


class SeatTotal(models.Model):
    """How many seats the council has after the elections of a year, those that are vacant among them."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="seat_totals")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(fields=["council", "year"], name="seat_total_once_a_year"),
            models.CheckConstraint(condition=Q(number__gt=0), name="seat_total_is_some"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.number}"


class ContactRole(models.TextChoices):
    LEADER = "leader", "Leader"
    CHIEF_EXECUTIVE = "chief_executive", "Chief executive"
    COORDINATOR = "coordinator", "Peer challenge coordinator"
    DEMOCRATIC_SERVICES = "democratic_services", "Democratic services"


class Contact(models.Model):
    """Whom the LGA writes to at a council, whether or not they have an account."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="contacts")
    role = models.CharField(max_length=20, choices=ContactRole.choices)
    name = models.CharField(max_length=150)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["role", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="contact_ends_after_start"
            ),
            address_constraint(name="contact_address_in_one_form"),
            models.UniqueConstraint(
                fields=["council", "role", "email"], condition=Q(ended_on__isnull=True), name="contact_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display()}"


class Poll(models.Model):
    """A poll that is known, or known not to take place, against what the scheme makes one expect."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="polls")
    on = models.DateField()
    text = models.CharField(max_length=150, default="Ordinary election")
    is_called_off = models.BooleanField(default=False)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["council", "on"], name="poll_once_a_day")]

    def __str__(self) -> str:
        return f"{self.council}: {self.on}"
