"""The first person of a new installation. Everybody else is invited in the browser, where it is recorded."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.components.text import NotAnAddress, email_address


class Command(BaseCommand):
    help = "Makes the first administrator, who signs in with a code sent to the address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("full_name")

    @transaction.atomic
    def handle(self, *args: Any, email: str, full_name: str, **options: Any) -> None:
        try:
            email = email_address(email)
        except NotAnAddress as error:
            raise CommandError(f"{email} is not an email address.") from error
        if User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
            raise CommandError("There is an administrator already, who can invite others.")
        if User.objects.filter(email=email).exists():
            raise CommandError(f"{email} has an account already.")
        user = User.objects.create_user(email, full_name=full_name, role=Role.ADMINISTRATOR)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        self.stdout.write(f"{user.email} can now sign in with a code sent by email.")
