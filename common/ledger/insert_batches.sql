-- Batches of one task: what they share are $1 to $9.
INSERT INTO {schema}.migration_batches (
  run_id, job, table_name, entity, chunk, task_id, status, replaces,
  rows_read, rows_rejected, rows_accepted, rows_loaded, rows_inserted, rows_updated, rows_deleted,
  accepted_digest, loaded_digest, accepted_sums, loaded_sums, fingerprint, fence, worker,
  started_at, committed_at, duration_ms, rows_superseded, corrects, snapshot)
SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), r.chunk, CAST($5 AS BIGINT), r.status,
       CAST(r.replaces AS BOOLEAN), CAST(r.rows_read AS BIGINT), CAST(r.rows_rejected AS BIGINT),
       CAST(r.rows_accepted AS BIGINT), CAST(r.rows_loaded AS BIGINT), CAST(r.rows_inserted AS BIGINT),
       CAST(r.rows_updated AS BIGINT), CAST(r.rows_deleted AS BIGINT), r.accepted_digest, r.loaded_digest,
       r.accepted_sums, r.loaded_sums, CAST($6 AS TEXT), CAST($7 AS BIGINT), CAST($8 AS TEXT),
       {now} - CAST($9 AS BIGINT) * INTERVAL '1 millisecond', {now}, CAST($9 AS BIGINT),
       CAST(r.rows_superseded AS BIGINT), CAST(r.corrects AS BOOLEAN),
       r.snapshot
FROM {rows} AS r(chunk, status, replaces, rows_read, rows_rejected, rows_accepted, rows_loaded, rows_inserted,
                 rows_updated, rows_deleted, accepted_digest, loaded_digest, accepted_sums, loaded_sums,
                 rows_superseded, corrects, snapshot)
