-- Version 3 of the ledger (FORMAT.md): tasks that outlive their coordinator, how far a run is, the snapshot of a batch.
-- DuckDB adds no column with NOT NULL; every writer gives what is not NULL by meaning.

ALTER TABLE {schema}.runs ADD COLUMN work TEXT DEFAULT '';

ALTER TABLE {schema}.runs ADD COLUMN progress TEXT DEFAULT '';

ALTER TABLE {schema}.runs ADD COLUMN progress_at TIMESTAMPTZ;

ALTER TABLE {schema}.tasks ADD COLUMN adoptable BOOLEAN DEFAULT FALSE;

ALTER TABLE {schema}.tasks ADD COLUMN adopted_by TEXT;

ALTER TABLE {schema}.tasks ADD COLUMN adopted_at TIMESTAMPTZ;

ALTER TABLE {schema}.migration_batches ADD COLUMN snapshot TEXT DEFAULT '';
