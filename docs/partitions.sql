-- For a large database: splits every table that names a shop into 32 hash partitions by shop, with its rows, keys and
-- indexes, and adds what finds old rows among many. Run it once, after `xiaoer db upgrade`, while the service is stopped:
--
--     psql -v ON_ERROR_STOP=1 -f docs/partitions.sql "$XIAOER_DATABASE_URL"
--
-- One transaction: it either happens as a whole or not at all. What it makes comes from the tables as they stand, so
-- there is no second copy of the schema to keep, and later migrations find everything under the names they know.
-- A table that is partitioned already is left alone.
BEGIN;

DO $$
DECLARE
    parts CONSTANT integer := 32;
    whole record;
    others text[];
    other text;
BEGIN
    FOR whole IN
        SELECT c.oid, c.relname AS name, k.conname AS key, pg_get_constraintdef(k.oid) AS columns
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'shop'
        JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
        ORDER BY c.relname
    LOOP
        SELECT coalesce(array_agg(pg_get_indexdef(indexrelid)), '{}') INTO others
        FROM pg_index WHERE indrelid = whole.oid AND NOT indisprimary;

        EXECUTE format('ALTER TABLE %I RENAME CONSTRAINT %I TO whole_key', whole.name, whole.key);
        EXECUTE format('ALTER TABLE %I RENAME TO whole', whole.name);
        EXECUTE format(
            'CREATE TABLE %I (LIKE whole INCLUDING DEFAULTS, CONSTRAINT %I %s) PARTITION BY HASH (shop)',
            whole.name, whole.key, whole.columns
        );
        FOR part IN 0 .. parts - 1 LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                whole.name || '_' || to_char(part, 'FM00'), whole.name, parts, part
            );
        END LOOP;
        EXECUTE format('INSERT INTO %I SELECT * FROM whole', whole.name);
        DROP TABLE whole;
        FOREACH other IN ARRAY others LOOP
            EXECUTE other;
        END LOOP;
    END LOOP;
END
$$;

-- What is past XIAOER_RETENTION_DAYS. A small database finds it by reading, and writes the faster for it.
CREATE INDEX IF NOT EXISTS turns_old ON turns (at);
CREATE INDEX IF NOT EXISTS replies_old ON replies (at);
CREATE INDEX IF NOT EXISTS deliveries_old ON deliveries (at);
CREATE INDEX IF NOT EXISTS messages_old ON messages (received_at);
CREATE INDEX IF NOT EXISTS outbox_old ON outbox (created_at) WHERE state IN ('sent', 'withdrawn');
CREATE INDEX IF NOT EXISTS urges_old ON urges (last_at) WHERE state = 'closed';
CREATE INDEX IF NOT EXISTS tickets_old ON tickets (resolved_at);
CREATE INDEX IF NOT EXISTS ticket_history_old ON ticket_history (at);
CREATE INDEX IF NOT EXISTS drafts_old ON drafts (at);
CREATE INDEX IF NOT EXISTS shifts_old ON shifts (at);
CREATE INDEX IF NOT EXISTS pictures_old ON pictures (at);
CREATE INDEX IF NOT EXISTS approvals_old ON approvals (expires_at);
CREATE INDEX IF NOT EXISTS conversations_old ON conversations (updated_at);
CREATE INDEX IF NOT EXISTS browser_credentials_old ON browser_credentials (expires_at);

COMMIT;

ANALYZE;
