"""Contacts' addresses in their one form, and the database's own folding of names (cpc/components/folding.py)."""

from datetime import date

from django.contrib.postgres.operations import TrigramExtension
from django.db import IntegrityError, migrations, transaction

from cpc.components.text import STORED_ADDRESS, NotAnAddress, email_address

FOLDED = (
    "CREATE OR REPLACE FUNCTION folded(written text) RETURNS text\n"
    "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE\n"
    "AS $fold$ SELECT regexp_replace(btrim(regexp_replace(regexp_replace(translate(replace(replace(replac"
    "e(replace(replace(replace(replace(replace(replace(replace(normalize(regexp_replace(written, '[''`\xb4\u02b9\u02bb"
    "\u02bc\u02bd\u02c8\u2018\u2019\u201b\u2032\u2035\ua78c\uff07\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\xad\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]', '', 'g'), NFKD), '\xe6', 'ae'), '\xc6', 'ae'"
    "), '\u0153', 'oe'), '\u0152', 'oe'), '\xdf', 'ss'), '\u1e9e', 'ss'), '\xfe', 'th'), '\xde', 'th'), '&', ' and '), '+', ' and"
    " '), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ\xd8\xf8\u0110\u0111\xd0\xf0\u0141\u0142\u0126\u0127\u0131\u0166\u0167\u0391\u0392\u0393\u0394\u0395\u0396\u0397\u0398\u0399\u039a\u039b\u039c\u039d\u039e\u039f\u03a0\u03a1\u03a3\u03a4\u03a5\u03a6\u03a7\u03a8\u03a9\u03c2\u0400\u0401\u0402\u0403\u0404\u0405\u0406\u0407\u0408\u0409\u040a\u040b\u040c\u040d\u040e\u040f\u0410\u0411\u0412\u0413\u0414\u0415\u0416\u0417\u0418\u0419\u041a\u041b\u041c\u041d"
    "\u041e\u041f\u0420\u0421\u0422\u0423\u0424\u0425\u0426\u0427\u0428\u0429\u042a\u042b\u042c\u042d\u042e\u042f', 'abcdefghijklmnopqrstuvwxyzooddddllhhitt\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03b9\u03ba\u03bb\u03bc\u03bd\u03be\u03bf\u03c0\u03c1\u03c3\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9\u03c3\u0450\u0451\u0452\u0453\u0454\u0455\u0456\u0457\u0458\u0459\u045a\u045b\u045c\u045d"
    "\u045e\u045f\u0430\u0431\u0432\u0433\u0434\u0435\u0436\u0437\u0438\u0439\u043a\u043b\u043c\u043d\u043e\u043f\u0440\u0441\u0442\u0443\u0444\u0445\u0446\u0447\u0448\u0449\u044a\u044b\u044c\u044d\u044e\u044f'), '[''`\xb4\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u2019\u201b\u2032\u2035\ua78c\uff07\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\xad\u2010-\u2015\u2212"
    "\ufe58\ufe63\uff0d-]', '', 'g'), '[\x01-/:-@\\[-`{-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\ufe30-\ufe6f]+', ' ', 'g'), ' '), '(^| )([a"
    "-z]|mc|mac) (?=[a-z])', '\\1\\2', 'g') $fold$\n"
)


def addresses_in_one_form(apps, schema_editor):
    """A contact that is another's double under a hidden character is ended; an address that is none says so."""
    contacts = apps.get_model("councils", "Contact").objects.using(schema_editor.connection.alias)
    for contact in contacts.exclude(email__regex=STORED_ADDRESS):
        try:
            address = email_address(contact.email)
        except NotAnAddress:
            address = f"no-address-{contact.pk}@unknown.invalid"
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                contacts.filter(pk=contact.pk).update(email=address)
        except IntegrityError:
            ended_on = max(contact.started_on, date.today())
            contacts.filter(pk=contact.pk).update(email=address, ended_on=ended_on)


class Migration(migrations.Migration):
    dependencies = [("councils", "0010_import_questions")]
    operations = [
        TrigramExtension(),
        migrations.RunSQL(FOLDED, "DROP FUNCTION folded(text)"),
        migrations.RunPython(addresses_in_one_form, migrations.RunPython.noop),
    ]
