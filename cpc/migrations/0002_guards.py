"""What the database itself refuses: changing the record, and a change of a case without its record (DESIGN 7)."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION cpc_event_is_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Events are never changed or deleted.';
END $$;
CREATE TRIGGER cpc_event_for_good BEFORE UPDATE OR DELETE ON cpc_event
  FOR EACH ROW EXECUTE FUNCTION cpc_event_is_for_good();

CREATE FUNCTION cpc_event_names_its_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.transaction := (pg_current_xact_id()::text)::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER cpc_event_transaction BEFORE INSERT ON cpc_event
  FOR EACH ROW EXECUTE FUNCTION cpc_event_names_its_transaction();
"""

CHANGE_NEEDS_EVENT = """
CREATE FUNCTION cpc_change_needs_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  about bigint;
BEGIN
  about := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
  IF NOT EXISTS (
    SELECT 1 FROM cpc_event
    WHERE case_id = about AND transaction = (pg_current_xact_id()::text)::bigint
  ) THEN
    RAISE EXCEPTION 'A change of % without its event.', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cpc_case_change_needs_event
  AFTER UPDATE OF stage, state ON cpc_case DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage OR OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION cpc_change_needs_event('id');
CREATE CONSTRAINT TRIGGER cpc_stage_entry_needs_event
  AFTER INSERT OR UPDATE ON cpc_stageentry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION cpc_change_needs_event('case_id');
CREATE CONSTRAINT TRIGGER cpc_membership_needs_event
  AFTER INSERT ON cpc_casemembership DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION cpc_change_needs_event('case_id');
"""


class Migration(migrations.Migration):
    dependencies = [("cpc", "0001_initial")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        migrations.RunSQL(CHANGE_NEEDS_EVENT, migrations.RunSQL.noop),
    ]
