"""The due list is worked out anew each time, so nobody reads which councils changed (docs/decisions/0012).

In two steps: the table itself stays for one release. A web process of the release before still reads it while this one is put in place;
the row written here tells it at each reading that every council changed, so that it works its list out anew and is never behind.
"""

from django.db import migrations

SECOND_STEP = "Triggers and functions alone: the table stays, and tells the version before to work its list out anew."

TABLES = [
    "cpc_case",
    "cpc_case_joint_councils",
    "cpc_conversation",
    "cpc_prompt",
    "cpc_trigger",
    "councils_council",
    "councils_succession",
]
KINDS = ["in_cycle", "changes_cycle", "empties_cycle"]
# No transaction has this number yet, so none is ever seen as one that was there before.
TELL_ALL = (
    "INSERT INTO cpc_cyclechange (transaction, council) VALUES (4611686018427387904, NULL) ON CONFLICT DO NOTHING"
)
DROP = [
    *(f"DROP TRIGGER IF EXISTS {table}_{kind} ON {table}" for table in TABLES for kind in KINDS),
    "DROP FUNCTION cpc_row_changes_cycle()",
    "DROP FUNCTION cpc_case_changes_cycle()",
    "DROP FUNCTION cpc_all_changes_cycle()",
    "DROP FUNCTION cpc_note_cycle_change(bigint)",
]


class Migration(migrations.Migration):
    dependencies = [("cpc", "0020_address_change"), ("councils", "0003_imports_read_by_workers")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="CycleChange")],
            database_operations=[migrations.RunSQL([TELL_ALL, *DROP], migrations.RunSQL.noop)],
        ),
    ]
