"""Every stored address in its one form (cpc/components/text.py), before the next migration lets nothing else in."""

from django.db import IntegrityError, migrations, transaction

from cpc.components.text import STORED_ADDRESS, NotAnAddress, email_address

COLUMNS = [("cpc", "User"), ("cpc", "Invitation"), ("cpc", "Message"), ("cpc", "ReminderPause"), ("cpc", "Reminder")]


def addresses_in_one_form(apps, schema_editor):
    """An account that is another's double under a hidden character keeps its history under an address of its own that
    reaches nobody, and is named: nobody could ever sign in to it with the address as it is typed."""
    alias = schema_editor.connection.alias
    for app, name in [*COLUMNS, ("account", "EmailAddress")]:
        rows = apps.get_model(app, name)._base_manager.using(alias)
        for row in rows.exclude(email__regex=STORED_ADDRESS).exclude(email=""):
            try:
                address = email_address(row.email)
                with transaction.atomic(using=alias):
                    rows.filter(pk=row.pk).update(email=address)
            except (NotAnAddress, IntegrityError):
                about = ("user", row.user_id) if name == "EmailAddress" else (name.lower(), row.pk)
                address = "no-address-{}-{}@unknown.invalid".format(*about)
                rows.filter(pk=row.pk).update(email=address)
                if name == "User":
                    print(f"\n  {row.full_name} had an address that is another's or none: now {address}")


class Migration(migrations.Migration):
    dependencies = [
        ("cpc", "0022_event_readers"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("councils", "0011_addresses_and_folding"),
    ]
    operations = [migrations.RunPython(addresses_in_one_form, migrations.RunPython.noop)]
