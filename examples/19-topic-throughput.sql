-- title: Throughput of each topic
-- Bytes that came in and went out between two times, and those that are kept, the busiest topics first. Of the metrics that
-- the Metrics API has for a topic: SELECT * FROM confluent.metrics.metrics WHERE dataset = 'cloud'.
-- keys: Cloud API key
-- var: from timestamp -- the first hour, such as 2026-10-30T00:00:00Z
-- var: to timestamp -- the hour after the last, such as 2026-10-31T00:00:00Z

SELECT c.environment_name AS environment, c.display_name AS cluster, p.labels.topic AS topic,
       round(sum(p.value) FILTER (WHERE p.metric LIKE '%/received_bytes') / 1e6, 1) AS mb_in,
       round(sum(p.value) FILTER (WHERE p.metric LIKE '%/sent_bytes') / 1e6, 1) AS mb_out,
       round(max(p.value) FILTER (WHERE p.metric LIKE '%/retained_bytes') / 1e6, 1) AS mb_kept
FROM confluent.clusters c
JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id
WHERE p.metric IN ('io.confluent.kafka.server/received_bytes', 'io.confluent.kafka.server/sent_bytes',
                   'io.confluent.kafka.server/retained_bytes')
  AND p.timestamp >= :from AND p.timestamp < :to AND p.granularity = 'ALL'
GROUP BY c.id, p.labels.topic
ORDER BY mb_in DESC NULLS LAST, cluster, topic;
