-- Reads what `confluentql export` has written. DuckDB needs nothing else:
--   npx confluentql export kafka.kafka.topics --sandbox --out lake/topics --partition-by environment,cluster
--   duckdb < examples/duckdb/lake.sql
CREATE VIEW topics AS
SELECT * FROM read_parquet('lake/topics/**/*.parquet', hive_partitioning = true);

SELECT environment, cluster, count(*) AS topics, sum(partitions_count) AS partitions
FROM topics
GROUP BY ALL
ORDER BY ALL;
