-- title: Clusters that cost money without traffic
-- check: no cluster is idle
-- severity: medium
-- finding: id
-- Clusters into and out of which hardly a byte went for two weeks, with what they cost in that time. Delete them, or move
-- their topics to another cluster.
-- keys: Cloud API key with access to billing
-- var: today timestamp = today -- the day after the last
-- var: idle_days integer = 14 -- how many days before it, at most 28
-- var: idle_mb integer = 1 -- the megabytes up to which a cluster is idle

WITH traffic AS (
  SELECT p.resource.kafka.id AS cluster, sum(p.value) AS bytes
  FROM confluent.clusters c
  JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id
  WHERE p.metric IN ('io.confluent.kafka.server/received_bytes', 'io.confluent.kafka.server/sent_bytes')
    AND p.timestamp >= strftime('%Y-%m-%dT00:00:00Z', :today, '-' || :idle_days || ' days')
    AND p.timestamp < strftime('%Y-%m-%dT00:00:00Z', :today) AND p.granularity = 'ALL'
  GROUP BY 1
),
spent AS (
  SELECT s.resource, sum(s.amount) AS amount
  FROM confluent.costs s
  WHERE s.day >= date(:today, '-' || :idle_days || ' days') AND s.day < date(:today)
  GROUP BY s.resource
)
SELECT c.environment_name AS environment, c.id, c.display_name AS cluster, c.type, round(coalesce(t.bytes, 0) / 1e6, 1) AS megabytes,
       round(s.amount, 2) AS cost
FROM confluent.clusters c
LEFT JOIN traffic t ON t.cluster = c.id
JOIN spent s ON s.resource = c.id
WHERE coalesce(t.bytes, 0) <= :idle_mb * 1e6 AND s.amount > 0
ORDER BY cost DESC, environment, c.id;
