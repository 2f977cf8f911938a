-- title: Service accounts of production that also work elsewhere
-- check: no service account works in production and elsewhere
-- severity: high
-- finding: id
-- Service accounts with an API key or a role in the production environment and in another one: a mistake in a test then
-- reaches production. Give each environment accounts of its own.
-- keys: Cloud API key
-- var: production text = production -- the name of the environment

WITH places(account, environment) AS (
  SELECT k.owner_id, c.environment
  FROM confluent.iam.api_keys_with_owners k
  JOIN confluent.clusters c ON c.id = k.resource_id
  UNION
  SELECT substr(r.principal, 6), r.environment
  FROM confluent.iam.role_bindings_with_names r
  WHERE r.environment IS NOT NULL
)
SELECT s.id, s.display_name AS service_account, group_concat(e.display_name, ', ' ORDER BY e.display_name) AS environments
FROM confluent.iam.service_accounts s
JOIN places p ON p.account = s.id
JOIN confluent.org.environments e ON e.id = p.environment
GROUP BY s.id
HAVING count(*) > 1 AND max(e.display_name = :production) = 1
ORDER BY service_account, s.id;
