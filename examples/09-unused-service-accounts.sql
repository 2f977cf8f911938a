-- title: Unused service accounts
-- check: no service account is unused
-- severity: low
-- finding: id
-- Service accounts without an API key, a role or an ACL on any cluster: they have no access, so they can be deleted.
-- keys: Cloud API key; a Kafka API key for each cluster

WITH used(id) AS (
  SELECT k.spec.owner.id FROM confluent.iam.api_keys k
  UNION
  SELECT substr(r.principal, 6) FROM confluent.iam.all_role_bindings r
  UNION
  SELECT substr(a.principal, 6) FROM confluent.kafka_acls a
)
SELECT s.id, s.display_name, nullif(s.description, '') AS description, date(s.metadata.created_at) AS created
FROM confluent.iam.service_accounts s
LEFT JOIN used u ON u.id = s.id
WHERE u.id IS NULL
ORDER BY created, s.id;
