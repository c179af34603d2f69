-- The next 10,000 live batches of entity $2 of job $1 after batch $4 of chunk $3, chunk by chunk.
SELECT chunk, batch_id, rows_read, rows_rejected, rows_accepted, accepted_digest, accepted_sums,
       rows_loaded, loaded_digest, loaded_sums, fingerprint, rows_superseded, corrects
FROM {schema}.migration_batches
WHERE job = $1 AND entity = $2 AND status = 'loaded'
  AND (chunk, batch_id) > ($3, CAST($4 AS BIGINT))
ORDER BY chunk, batch_id
LIMIT 10000
