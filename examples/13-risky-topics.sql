-- title: Topics that may lose data or keep it for ever
-- check: no topic may lose data or keep it for ever
-- severity: medium
-- finding: finding, environment, cluster, topic
-- Topics that a single broker's failure can affect, that never delete anything, or whose retention is the default.
-- Agree with the owners on the settings, and change them with REPLACE kafka.kafka.topic_configs.
-- keys: Cloud API key; a Kafka API key for each cluster

WITH policy AS (
  SELECT cluster, topic,
         max(value) FILTER (WHERE name = 'retention.ms') AS retention_ms,
         max(is_default) FILTER (WHERE name = 'retention.ms') AS is_default_retention,
         max(value) FILTER (WHERE name = 'cleanup.policy') AS cleanup,
         max(value) FILTER (WHERE name = 'min.insync.replicas') AS min_insync_replicas
  FROM confluent.kafka_topic_configs
  WHERE name IN ('retention.ms', 'cleanup.policy', 'min.insync.replicas')
  GROUP BY cluster, topic
),
judged AS (
  SELECT t.environment_name AS environment, t.cluster_name AS cluster, t.topic, t.replication_factor AS replicas,
         CAST(p.min_insync_replicas AS INTEGER) AS in_sync, p.cleanup,
         CASE p.retention_ms WHEN '-1' THEN 'for ever' ELSE (p.retention_ms / 86400000) || ' days' END AS retention,
         CASE WHEN t.replication_factor < 3 OR p.min_insync_replicas + 0 < 2 THEN '1 one broker is enough to lose data'
              WHEN p.retention_ms = '-1' AND p.cleanup = 'delete' THEN '2 nothing is ever deleted'
              WHEN p.is_default_retention AND p.cleanup = 'delete' THEN '3 nobody chose the retention' END AS finding
  FROM confluent.kafka_topics t
  JOIN policy p ON p.cluster = t.cluster AND p.topic = t.topic
  WHERE NOT t.is_internal
)
SELECT substr(finding, 3) AS finding, environment, cluster, topic, replicas, in_sync, cleanup, retention
FROM judged
WHERE finding IS NOT NULL
ORDER BY judged.finding, environment, cluster, topic;
