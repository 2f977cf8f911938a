-- title: ACLs that are too broad
-- check: no ACL lets in more than it should
-- severity: critical
-- ACLs that are for everybody, on everything, or for an account that has been deleted (its principal is a number).
-- Replace the first two by narrower ones or by roles, and delete the last.
-- keys: Cloud API key; a Kafka API key for each cluster

WITH wide AS (
  SELECT a.*,
         CASE WHEN a.principal = 'User:*' THEN 'for everybody'
              WHEN a.resource_name = '*' THEN 'on everything'
              WHEN a.principal GLOB 'User:[0-9]*' THEN 'for a deleted account' END AS finding
  FROM confluent.kafka_acls a
  WHERE a.permission = 'ALLOW'
)
SELECT w.finding, w.environment_name AS environment, w.cluster_name AS cluster,
       coalesce(s.display_name, substr(w.principal, 6)) AS principal,
       w.operation, w.resource_type, w.resource_name, w.pattern_type AS pattern
FROM wide w
LEFT JOIN confluent.iam.service_accounts s ON w.principal = 'User:' || s.id
WHERE w.finding IS NOT NULL
ORDER BY w.finding, environment, cluster, principal, w.operation, w.resource_name;
