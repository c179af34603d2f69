-- Batches of task $2 of run $1, with the limits of their chunks.
SELECT b.entity, c.store, c.period, c.number, c.range_begin, c.range_end, c.estimated_rows,
       b.status = 'skipped' AS skipped, b.replaces, b.rows_read, b.rows_rejected,
       b.rows_accepted, b.accepted_digest, b.accepted_sums, b.rows_loaded, b.loaded_digest, b.loaded_sums,
       b.rows_inserted, b.rows_updated, b.rows_deleted,
       b.rows_superseded, b.corrects, b.snapshot
FROM {schema}.migration_batches AS b
JOIN {schema}.chunks AS c ON c.job = b.job AND c.chunk = b.chunk
WHERE b.run_id = $1 AND b.task_id = CAST($2 AS BIGINT)
ORDER BY b.batch_id
