-- Refused rows of job $1 that still count, not those kept of tasks that were refused: of live batches; of a chunk's
-- newest batch where it was skipped, since that run read the chunk as a whole again; and of the newest run those whose
-- chunk is not known. The caller adds the limit.
SELECT r.chunk, r.run_id, r.source, r.column_name, r.rule, r.reason, r.original, r.line
FROM {schema}.rejects AS r
WHERE r.job = $1 AND r.in_batch AND (
  (r.chunk = '' AND r.run_id = (SELECT max(n.run_id) FROM {schema}.runs AS n WHERE n.job = $1
                                AND n.started_at = (SELECT max(m.started_at) FROM {schema}.runs AS m WHERE m.job = $1)))
  OR EXISTS (
    SELECT 1 FROM {schema}.migration_batches AS b
    WHERE b.job = r.job AND b.entity = r.entity AND b.chunk = r.chunk AND b.run_id = r.run_id AND b.task_id = r.task_id
      AND b.status <> 'voided'
      AND NOT EXISTS (
        SELECT 1 FROM {schema}.migration_batches AS n
        WHERE n.job = b.job AND n.entity = b.entity AND n.chunk = b.chunk AND n.batch_id > b.batch_id AND NOT b.corrects
          AND (n.status = 'skipped' OR (b.status = 'skipped' AND n.status = 'loaded')))
      AND EXISTS (
        SELECT 1 FROM {schema}.migration_batches AS l
        WHERE l.job = b.job AND l.entity = b.entity AND l.chunk = b.chunk AND l.status = 'loaded')))
ORDER BY r.run_id DESC, r.chunk, r.source, r.line, r.byte_offset
LIMIT
