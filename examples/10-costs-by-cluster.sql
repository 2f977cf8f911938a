-- title: Costs by cluster
-- Costs by environment and cluster over a period, the most expensive first, including clusters without costs. Costs
-- outside clusters (Flink, ksqlDB, Stream Governance), credits, and costs without a resource have lines of their own.
-- keys: Cloud API key with access to billing
-- var: from timestamp -- the first day, such as 2026-10-01
-- var: to timestamp -- the day after the last, such as 2026-11-01

WITH spent AS (
  SELECT environment, resource, max(resource_name) AS name,
         sum(amount) FILTER (WHERE product = 'KAFKA') AS kafka,
         sum(amount) FILTER (WHERE product <> 'KAFKA') AS other,
         sum(amount) AS total, group_concat(DISTINCT product ORDER BY product) AS products
  FROM confluent.costs
  WHERE day >= :from AND day < :to
  GROUP BY environment, resource
)
SELECT coalesce(c.environment_name, e.display_name, '-') AS environment, coalesce(c.id, s.resource, '-') AS resource,
       coalesce(c.display_name, s.name, '(no resource)') AS name, c.type AS cluster_type,
       round(coalesce(s.kafka, 0), 2) AS kafka, round(coalesce(s.other, 0), 2) AS other, round(coalesce(s.total, 0), 2) AS total,
       s.products
FROM confluent.clusters c
FULL JOIN spent s ON s.resource = c.id
LEFT JOIN confluent.org.environments e ON e.id = s.environment
ORDER BY total DESC, resource;
