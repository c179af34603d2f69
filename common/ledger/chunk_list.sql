-- Chunks of entity $2 of job $1. An error counts until a later batch shows that the chunk went well after all.
SELECT c.chunk, c.table_name, c.store, c.period, c.number, c.range_begin, c.range_end, c.estimated_rows,
       CASE WHEN c.failed_at IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM {schema}.migration_batches AS b
              WHERE b.job = c.job AND b.entity = c.entity AND b.chunk = c.chunk AND b.status <> 'voided'
                AND b.committed_at >= c.failed_at)
            THEN c.last_error END AS present_error
FROM {schema}.chunks AS c
WHERE c.job = $1 AND c.entity = $2
ORDER BY c.chunk
