-- Version 1 of the ledger (FORMAT.md). Statements end with a semicolon at the end of a line. A statement under the line
-- "-- postgres" or "-- duckdb" is for that engine alone. {schema} is the quoted schema, {name} a text column that sorts
-- by bytes, {batch_id} the type and source of batch ids.

-- duckdb
CREATE SEQUENCE {schema}.batch_ids;

CREATE TABLE {schema}.meta (
  format_version INTEGER NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL DEFAULT {default_now}
);

CREATE TABLE {schema}.runs (
  run_id {name} NOT NULL PRIMARY KEY,
  job {name} NOT NULL,
  command TEXT NOT NULL,
  range_text TEXT NOT NULL,
  state TEXT NOT NULL,
  coordinator TEXT NOT NULL,
  started_at TIMESTAMPTZ NOT NULL DEFAULT {default_now},
  ended_at TIMESTAMPTZ,
  summary TEXT NOT NULL DEFAULT ''
);

CREATE TABLE {schema}.tables (
  table_name {name} NOT NULL PRIMARY KEY,
  job {name} NOT NULL,
  entity {name} NOT NULL,
  state TEXT NOT NULL,
  made_by_us BOOLEAN NOT NULL,
  fingerprint TEXT NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL DEFAULT {default_now}
);

CREATE TABLE {schema}.chunks (
  job {name} NOT NULL,
  chunk {name} NOT NULL,
  table_name {name} NOT NULL,
  entity {name} NOT NULL,
  store {name} NOT NULL,
  period {name} NOT NULL,
  number INTEGER NOT NULL,
  range_begin BIGINT,
  range_end BIGINT,
  undated BOOLEAN NOT NULL,
  estimated_rows BIGINT NOT NULL,
  planned_at TIMESTAMPTZ NOT NULL DEFAULT {default_now},
  last_error TEXT NOT NULL DEFAULT '',
  failed_at TIMESTAMPTZ,
  PRIMARY KEY (job, chunk)
);

CREATE TABLE {schema}.tasks (
  run_id {name} NOT NULL,
  task_id BIGINT NOT NULL,
  table_name {name} NOT NULL,
  fence BIGINT NOT NULL,
  state TEXT NOT NULL,
  worker TEXT NOT NULL,
  assigned_at TIMESTAMPTZ NOT NULL DEFAULT {default_now},
  PRIMARY KEY (run_id, task_id)
);

CREATE TABLE {schema}.migration_batches (
  batch_id {batch_id},
  run_id {name} NOT NULL,
  job {name} NOT NULL,
  table_name {name} NOT NULL,
  entity {name} NOT NULL,
  chunk {name} NOT NULL,
  task_id BIGINT NOT NULL,
  status TEXT NOT NULL,
  replaces BOOLEAN NOT NULL,
  rows_read BIGINT NOT NULL,
  rows_rejected BIGINT NOT NULL,
  rows_accepted BIGINT NOT NULL,
  rows_loaded BIGINT NOT NULL,
  rows_inserted BIGINT NOT NULL,
  rows_updated BIGINT NOT NULL,
  rows_deleted BIGINT NOT NULL,
  accepted_digest TEXT NOT NULL,
  loaded_digest TEXT NOT NULL,
  accepted_sums TEXT NOT NULL,
  loaded_sums TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  fence BIGINT NOT NULL,
  worker TEXT NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  committed_at TIMESTAMPTZ NOT NULL,
  duration_ms BIGINT NOT NULL,
  voided_by TEXT,
  voided_at TIMESTAMPTZ,
  PRIMARY KEY (batch_id)
);

CREATE TABLE {schema}.rejects (
  run_id {name} NOT NULL,
  job {name} NOT NULL,
  entity {name} NOT NULL,
  chunk {name} NOT NULL,
  task_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  line BIGINT NOT NULL,
  byte_offset BIGINT NOT NULL,
  column_name TEXT NOT NULL,
  rule TEXT NOT NULL,
  reason TEXT NOT NULL,
  original TEXT NOT NULL
);

CREATE TABLE {schema}.leader (
  table_name {name} NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  run_id {name} NOT NULL,
  job TEXT NOT NULL,
  holder TEXT NOT NULL,
  table_count INTEGER NOT NULL,
  taken_at TIMESTAMPTZ NOT NULL,
  lease_until TIMESTAMPTZ NOT NULL
);

-- postgres
CREATE INDEX runs_by_job ON {schema}.runs (job, started_at);
-- postgres
CREATE INDEX tasks_unfinished ON {schema}.tasks (table_name) WHERE state IN ('planned', 'assigned');
-- postgres
CREATE INDEX batches_of_chunk ON {schema}.migration_batches (job, entity, chunk, batch_id);
-- postgres
CREATE INDEX batches_of_task ON {schema}.migration_batches (run_id, task_id);
-- postgres
CREATE INDEX rejects_of_chunk ON {schema}.rejects (job, chunk);
