-- title: Flink pools and statements that have failed, are full or are idle
-- check: no Flink pool or statement is in trouble
-- severity: medium
-- finding: what, environment, pool, name
-- Compute pools that have failed, use more than 80 % of their units or none at all, and statements that have failed or
-- cannot get the units they need. Give a full pool more units, and delete the ones that nobody remembers.
-- keys: Cloud API key; a Flink API key for each environment and region with a compute pool

SELECT 'pool' AS what, p.environment_name AS environment, p.id AS pool, p.display_name AS name,
       CASE WHEN p.phase <> 'PROVISIONED' THEN p.phase WHEN p.current_cfu = 0 THEN 'IDLE' ELSE 'NEARLY FULL' END AS state,
       p.current_cfu || ' of ' || p.max_cfu || ' CFU' AS detail
FROM confluent.flink_pools p
WHERE p.phase <> 'PROVISIONED' OR p.current_cfu = 0 OR p.current_cfu > 0.8 * p.max_cfu
UNION ALL
SELECT 'statement', s.environment_name, s.pool, s.name, s.phase, nullif(s.detail, '')
FROM confluent.flink_statements s
WHERE s.phase IN ('FAILED', 'FAILING', 'DEGRADED') OR s.scaling = 'POOL_EXHAUSTED'
ORDER BY what, environment, pool, name;
