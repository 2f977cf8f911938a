-- title: Limits that are nearly used up
-- check: no limit is nearly used up
-- severity: high
-- finding: scope, applies_to, code
-- Limits of the organization and of everything in it of which more than 80 % is used. Clean up, or have the limit raised
-- before somebody's deployment fails.
-- keys: Cloud API key

SELECT q.usage * 100 / q.applied_limit AS percent, q.usage, q.applied_limit AS "limit", q.scope,
       coalesce(q.kafka_cluster.id, q.network.id, q.user.id, q.environment.id, '-') AS applies_to, q.id AS code
FROM confluent.quotas.scopes s
JOIN confluent.quotas.applied_quotas q ON q.scope = s.id
WHERE q.usage > 0.8 * q.applied_limit
ORDER BY percent DESC, q.scope, applies_to, code;
