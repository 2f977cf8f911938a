-- title: Topics without traffic
-- check: no topic is without traffic
-- severity: low
-- finding: environment, cluster, topic
-- Topics that no byte came into or went out of for two weeks, with what they still keep: candidates for deletion.
-- keys: Cloud API key; a Kafka API key for each cluster
-- var: today timestamp = today -- the day after the last
-- var: idle_days integer = 14 -- how many days before it, at most 28

WITH traffic AS (
  SELECT p.resource.kafka.id AS cluster, CAST(p.labels.topic AS TEXT) AS topic,
         sum(p.value) FILTER (WHERE p.metric NOT LIKE '%/retained_bytes') AS bytes,
         max(p.value) FILTER (WHERE p.metric LIKE '%/retained_bytes') AS kept
  FROM confluent.clusters c
  JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id
  WHERE p.metric IN ('io.confluent.kafka.server/received_bytes', 'io.confluent.kafka.server/sent_bytes',
                     'io.confluent.kafka.server/retained_bytes')
    AND p.timestamp >= strftime('%Y-%m-%dT00:00:00Z', :today, '-' || :idle_days || ' days')
    AND p.timestamp < strftime('%Y-%m-%dT00:00:00Z', :today) AND p.granularity = 'ALL'
  GROUP BY 1, 2
)
SELECT t.environment_name AS environment, t.cluster_name AS cluster, t.topic, t.partitions, coalesce(m.kept, 0) AS bytes_kept
FROM confluent.kafka_topics t
LEFT JOIN traffic m ON m.cluster = t.cluster AND m.topic = t.topic
WHERE coalesce(m.bytes, 0) = 0 AND NOT t.is_internal
ORDER BY environment, cluster, t.topic;
