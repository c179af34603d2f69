-- Version 4 of the ledger (FORMAT.md): tasks that met more rejects than the job allows, and which rejects are of no
-- batch. DuckDB adds no column with NOT NULL; every writer gives it.

ALTER TABLE {schema}.rejects ADD COLUMN in_batch BOOLEAN DEFAULT TRUE;

CREATE TABLE {schema}.refused_tasks (
  run_id {name} NOT NULL,
  task_id BIGINT NOT NULL,
  job {name} NOT NULL,
  table_name {name} NOT NULL,
  entity {name} NOT NULL,
  worker TEXT NOT NULL,
  rows_read BIGINT NOT NULL,
  rows_rejected BIGINT NOT NULL,
  rows_kept BIGINT NOT NULL,
  reason TEXT NOT NULL,
  refused_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (run_id, task_id)
);

-- postgres
CREATE INDEX rejects_of_task ON {schema}.rejects (run_id, task_id);
