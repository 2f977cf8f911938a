-- title: Clusters that are nearly full
-- check: no cluster is nearly full
-- severity: medium
-- finding: environment, cluster
-- Clusters whose load was above a threshold in some hour of the last week: their load on average, in the busiest hour, and
-- the number of such hours. A cluster that is above 70 % for long needs more CKUs.
-- keys: Cloud API key
-- var: today timestamp = today -- the day after the last
-- var: percent integer = 70 -- the load from which an hour counts

SELECT c.environment_name AS environment, c.display_name AS cluster, c.type, c.cku, round(avg(p.value), 1) AS average,
       max(p.value) AS highest, p.timestamp AS highest_at, count(*) FILTER (WHERE p.value >= :percent) AS hours_above
FROM confluent.clusters c
JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id
WHERE p.metric = 'io.confluent.kafka.server/cluster_load_percent'
  AND p.timestamp >= strftime('%Y-%m-%dT00:00:00Z', :today, '-7 days')
  AND p.timestamp < strftime('%Y-%m-%dT00:00:00Z', :today) AND p.granularity = 'PT1H'
GROUP BY c.id
HAVING max(p.value) >= :percent
ORDER BY highest DESC, cluster;
