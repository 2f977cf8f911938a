-- title: API keys for clusters that no longer exist
-- check: no API key is for a cluster that is gone
-- severity: low
-- finding: api_key
-- Keys for a Kafka cluster or a Schema Registry that no longer exists. They give no access, but count against the
-- quota and clutter every review: DELETE them.
-- keys: Cloud API key

WITH there(id) AS (
  SELECT id FROM confluent.clusters
  UNION ALL
  SELECT id FROM confluent.schema_registries
)
SELECT k.resource_id AS lost, k.id AS api_key, nullif(k.display_name, '') AS key_name,
       coalesce(k.owner_name, k.owner_id || ' (gone)') AS owner, date(k.created_at) AS created
FROM confluent.iam.api_keys_with_owners k
LEFT JOIN there t ON t.id = k.resource_id
WHERE (k.resource_id LIKE 'lkc-%' OR k.resource_id LIKE 'lsrc-%') AND t.id IS NULL
ORDER BY lost, created, api_key;
