"""Which councils' lines of the due list may have changed is noted by the database itself: no way of changing a row passes
it by, and a reader learns of it with the change, not before and not after (docs/decisions/0004)."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION cpc_note_cycle_change(council bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO cpc_cyclechange (transaction, council)
  VALUES ((pg_current_xact_id()::text)::bigint, $1) ON CONFLICT DO NOTHING;
$$;

-- The arguments name the columns that hold a council.
CREATE FUNCTION cpc_row_changes_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY TG_ARGV LOOP
    IF TG_OP <> 'INSERT' THEN
      PERFORM cpc_note_cycle_change((to_jsonb(OLD) ->> name)::bigint);
    END IF;
    IF TG_OP <> 'DELETE' THEN
      PERFORM cpc_note_cycle_change((to_jsonb(NEW) ->> name)::bigint);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- A case counts for every council of a joint challenge.
CREATE FUNCTION cpc_case_changes_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM cpc_note_cycle_change(OLD.council_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM cpc_note_cycle_change(NEW.council_id);
    PERFORM cpc_note_cycle_change(council_id) FROM cpc_case_joint_councils WHERE case_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION cpc_all_changes_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM cpc_note_cycle_change(NULL);
  RETURN NULL;
END $$;
"""

# What of a case the due list reads.
OF_CASE = [
    "council_id",
    "kind",
    "state",
    "cycle_start_on",
    "onsite_end_on",
    "onsite_precision",
    "origin",
    "created_at",
    "closed_on",
]
TABLES = {
    "cpc_case": "cpc_case_changes_cycle()",
    "cpc_case_joint_councils": "cpc_row_changes_cycle('council_id')",
    "cpc_conversation": "cpc_row_changes_cycle('council_id')",
    "cpc_prompt": "cpc_row_changes_cycle('council_id')",
    "cpc_trigger": "cpc_row_changes_cycle('council_id')",
    "councils_council": "cpc_row_changes_cycle('id')",
    "councils_succession": "cpc_row_changes_cycle('predecessor_id', 'successor_id')",
}


def triggers() -> str:
    made = []
    for table, function in TABLES.items():
        differs = "OLD.* IS DISTINCT FROM NEW.*"
        if table == "cpc_case":
            old, new = (", ".join(f"{row}.{name}" for name in OF_CASE) for row in ("OLD", "NEW"))
            differs = f"({old}) IS DISTINCT FROM ({new})"
        made.append(
            f"""
CREATE TRIGGER {table}_in_cycle AFTER INSERT OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION {function};
CREATE TRIGGER {table}_changes_cycle AFTER UPDATE ON {table}
  FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION {function};
CREATE TRIGGER {table}_empties_cycle AFTER TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION cpc_all_changes_cycle();
"""
        )
    return "".join(made)


class Migration(migrations.Migration):
    dependencies = [("cpc", "0011_cycle_changes"), ("councils", "0003_imports_read_by_workers")]
    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(triggers(), migrations.RunSQL.noop),
    ]
