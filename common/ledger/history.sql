-- What happened to chunk $2 of job $1, oldest first.
SELECT {iso}(e.happened_at AT TIME ZONE 'UTC', {iso_format}), e.run_id, e.what, e.worker, e.row_count, e.digest
FROM (
  SELECT c.planned_at AS happened_at, '' AS run_id, 'planned' AS what, '' AS worker, c.estimated_rows AS row_count,
         '' AS digest, 0 AS step, CAST(0 AS BIGINT) AS batch_id
  FROM {schema}.chunks AS c WHERE c.job = $1 AND c.chunk = $2
  UNION ALL
  SELECT c.failed_at, '', 'failed', '', 0, '', 2, 0
  FROM {schema}.chunks AS c WHERE c.job = $1 AND c.chunk = $2 AND c.failed_at IS NOT NULL
  UNION ALL
  SELECT t.assigned_at, t.run_id, 'assigned', t.worker, 0, '', 1, b.batch_id
  FROM {schema}.migration_batches AS b
  JOIN {schema}.tasks AS t ON t.run_id = b.run_id AND t.task_id = b.task_id
  WHERE b.job = $1 AND b.chunk = $2
  UNION ALL
  SELECT b.voided_at, b.voided_by, 'voided', '', b.rows_loaded, b.loaded_digest, 3, b.batch_id
  FROM {schema}.migration_batches AS b WHERE b.job = $1 AND b.chunk = $2 AND b.voided_at IS NOT NULL
  UNION ALL
  SELECT b.committed_at, b.run_id, CASE WHEN b.status = 'skipped' THEN 'skipped' ELSE 'loaded' END, b.worker,
         b.rows_loaded, b.loaded_digest, 4, b.batch_id
  FROM {schema}.migration_batches AS b WHERE b.job = $1 AND b.chunk = $2
) AS e
ORDER BY e.happened_at, e.step, e.batch_id
