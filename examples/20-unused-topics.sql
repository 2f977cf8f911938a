-- title: Topics without traffic
-- Topics that no byte came into or went out of between two times, with what they still keep: candidates for deletion.
-- keys: Cloud API key; a Kafka API key for each cluster
-- var: from timestamp -- the first day, such as 2026-10-18T00:00:00Z
-- var: to timestamp -- the day after the last, such as 2026-11-01T00:00:00Z

WITH traffic AS (
  SELECT p.resource.kafka.id AS cluster, p.labels.topic AS topic,
         sum(p.value) FILTER (WHERE p.metric NOT LIKE '%/retained_bytes') AS bytes,
         max(p.value) FILTER (WHERE p.metric LIKE '%/retained_bytes') AS kept
  FROM confluent.clusters c
  JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id
  WHERE p.metric IN ('io.confluent.kafka.server/received_bytes', 'io.confluent.kafka.server/sent_bytes',
                     'io.confluent.kafka.server/retained_bytes')
    AND p.timestamp >= :from AND p.timestamp < :to AND p.granularity = 'ALL'
  GROUP BY 1, 2
)
SELECT t.environment_name AS environment, t.cluster_name AS cluster, t.topic, t.partitions, coalesce(m.kept, 0) AS bytes_kept
FROM confluent.kafka_topics t
LEFT JOIN traffic m ON m.cluster = t.cluster AND m.topic = t.topic
WHERE coalesce(m.bytes, 0) = 0 AND NOT t.is_internal
ORDER BY environment, cluster, t.topic;
