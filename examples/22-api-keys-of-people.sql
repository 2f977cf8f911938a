-- title: API keys that belong to people
-- check: no API key belongs to a person
-- severity: medium
-- finding: api_key
-- API keys owned by users. A program that runs with one stops when that person leaves, and acts with all of the person's
-- roles until then. Give each program a service account, and its key to that.
-- keys: Cloud API key

SELECT k.id AS api_key, coalesce(k.owner_name, '(gone)') AS person, k.owner_id, coalesce(k.resource_id, '-') AS opens,
       date(k.created_at) AS created, nullif(k.display_name, '') AS key_name
FROM confluent.iam.api_keys_with_owners k
WHERE k.owner_kind = 'User'
ORDER BY k.owner_name, k.owner_id, k.created_at, k.id;
