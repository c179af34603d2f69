-- Version 2 of the ledger (FORMAT.md): rows that were superseded, batches that correct others, keys that are there twice.
-- DuckDB adds no column with NOT NULL; every writer gives both.

ALTER TABLE {schema}.migration_batches ADD COLUMN rows_superseded BIGINT DEFAULT 0;

ALTER TABLE {schema}.migration_batches ADD COLUMN corrects BOOLEAN DEFAULT FALSE;

CREATE TABLE {schema}.duplicates (
  run_id {name} NOT NULL,
  job {name} NOT NULL,
  table_name {name} NOT NULL,
  entity {name} NOT NULL,
  key_text TEXT NOT NULL,
  row_count BIGINT NOT NULL
);
