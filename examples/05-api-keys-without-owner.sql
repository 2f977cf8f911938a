-- title: API keys without a visible owner
-- check: every API key has an owner
-- severity: high
-- finding: api_key
-- Keys of users or service accounts that are not in the lists: deleted, or hidden from the key you run this with. Try
-- again as OrganizationAdmin; keys that are still listed then have no owner and should be deleted.
-- keys: Cloud API key

SELECT k.id AS api_key, coalesce(k.owner_id, '(none)') AS owner_id, k.owner_kind, coalesce(k.resource_id, '-') AS opens,
       date(k.created_at) AS created, nullif(k.display_name, '') AS key_name
FROM confluent.iam.api_keys_with_owners k
WHERE k.owner_name IS NULL
ORDER BY k.owner_id, k.created_at, k.id;
