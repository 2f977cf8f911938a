-- title: Clusters that are nearly full
-- Load of each cluster by the hour: on average, in its busiest hour, and in how many hours it was above a threshold. A cluster
-- that is above 70 % for long needs more CKUs.
-- keys: Cloud API key
-- var: from timestamp -- the first day, such as 2026-10-25T00:00:00Z
-- var: to timestamp -- the day after the last, such as 2026-11-01T00:00:00Z
-- var: percent integer = 70 -- the load from which an hour counts

SELECT c.environment_name AS environment, c.display_name AS cluster, c.type, c.cku, round(avg(p.value), 1) AS average,
       max(p.value) AS highest, p.timestamp AS highest_at, count(*) FILTER (WHERE p.value >= :percent) AS hours_above
FROM confluent.clusters c
JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id
WHERE p.metric = 'io.confluent.kafka.server/cluster_load_percent'
  AND p.timestamp >= :from AND p.timestamp < :to AND p.granularity = 'PT1H'
GROUP BY c.id
ORDER BY highest DESC, cluster;
