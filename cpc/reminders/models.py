"""When who is reminded of what (rules), when nobody is (pauses), and who was."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cpc.components.search import address_constraint


class ReminderRecipients(models.TextChoices):
    """Whom a rule speaks to. With nobody there the LGA is told, and told why."""

    OWNER = "owner", "The deadline owner"
    LGA = "LGA", "LGA staff on the peer challenge"
    CONTACTS = "contacts", "The council's leader, chief executive and coordinator"
    CHIEF_EXECUTIVE = "chief_executive", "The council's chief executive"
    LEADER = "leader", "The council's leader"
    COORDINATOR = "coordinator", "The council's peer challenge coordinator"
    ADVISER = "adviser", "The council's principal adviser"
    PROGRAMME_MANAGERS = "programme_managers", "The programme managers"


class ReminderRule(models.Model):
    """When a reminder goes out before (negative) or after a date, to whom and in which words. Edited as a row."""

    kind = models.SlugField(max_length=60, blank=True, help_text="Empty: every kind of deadline.")
    offset_days = models.SmallIntegerField()
    in_working_days = models.BooleanField(default=False)
    recipients = models.CharField(max_length=20, choices=ReminderRecipients.choices, default=ReminderRecipients.OWNER)
    is_active = models.BooleanField(default=True)
    # Empty: the standard words. Placeholders as in cpc/reminders/wording.py.
    subject_text = models.CharField(max_length=150, blank=True, default="", db_default="")
    body_text = models.TextField(max_length=2000, blank=True, default="", db_default="")
    # Not on a weekend or bank holiday: it waits for the next working day.
    waits_for_working_day = models.BooleanField(default=False, db_default=False)
    # Otherwise it waits until the council's own pre-election period is over.
    speaks_before_elections = models.BooleanField(default=False, db_default=False)
    attaches_date = models.BooleanField(default=True, db_default=True)
    version = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["kind", "offset_days", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "offset_days", "in_working_days", "recipients"], name="reminder_rule_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'every deadline'}: {self.offset_days} {'working ' if self.in_working_days else ''}days"


class ReminderRuleVersion(models.Model):
    """A rule as it stood: what a reminder said and why can be told years later."""

    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # Field name -> value, of every field of the rule that can be edited.
    values = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)
    # Null for the rules that an installation starts with.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="reminder_rule_version_once")]

    def __str__(self) -> str:
        return f"{self.rule}, version {self.number}"


class ReminderPause(models.Model):
    """Nobody is reminded for a while: of one case, of one council, or one person; with a reason and a last day."""

    case = models.ForeignKey("cpc.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    council = models.ForeignKey("councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # In lower case: contacts of a council need no account.
    email = models.EmailField(blank=True)
    reason = models.TextField(max_length=2000)
    starts_on = models.DateField()
    ends_on = models.DateField()
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Taken back before its last day.
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-ends_on", "-pk"]
        indexes = [models.Index(fields=["ends_on"], condition=Q(lifted_at__isnull=True), name="reminder_pause_open")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="reminder_pause_ends_after_start"),
            address_constraint(name="reminder_pause_address_in_one_form", optional=True),
            models.CheckConstraint(condition=~Q(reason=""), name="reminder_pause_has_reason"),
            models.CheckConstraint(
                condition=Q(case__isnull=False, council__isnull=True, email="")
                | Q(case__isnull=True, council__isnull=False, email="")
                | (Q(case__isnull=True, council__isnull=True) & ~Q(email="")),
                name="reminder_pause_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="reminder_pause_lifted_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case or self.council or self.email} until {self.ends_on}"


class Reminder(models.Model):
    """One thing that one address is reminded of. Claiming it is inserting this row; the mail that carries it comes after.

    `source` and `row` say what it is about (cpc/reminders/sources.py), `on` the day it speaks of: a new date is a
    new promise with reminders of its own. `send_on` is the day on which the rule speaks; what was said for a later
    day to the same side stands for everything before it, whatever becomes of the rules.
    """

    source = models.SlugField(max_length=20)
    row = models.BigIntegerField()
    kind = models.SlugField(max_length=60)
    on = models.DateField()
    side = models.CharField(max_length=20)
    send_on = models.DateField()
    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, related_name="reminders")
    rule_version = models.PositiveIntegerField()
    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cpc.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Why it comes to them, when it was meant for others.
    instead = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    message = models.ForeignKey(
        "cpc.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="reminders"
    )
    # It did not apply any more when its mail was sent: whoever is there now may be told again.
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["email"], condition=Q(message__isnull=True, dropped_at__isnull=True), name="reminder_to_send"
            ),
        ]
        constraints = [
            address_constraint(name="reminder_address_in_one_form"),
            # In this order: the sweep asks whether anybody of a side was told, with what was not dropped.
            models.UniqueConstraint(
                fields=["source", "row", "on", "side", "send_on", "email"], name="reminder_claimed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} to {self.email}"

    @property
    def reference(self) -> str:
        """What a mail names it by, for whoever must find out which reminders it carried."""
        return f"{self.source}/{self.row}/{self.on}/{self.side.replace(' ', '-')}/{self.send_on}"
