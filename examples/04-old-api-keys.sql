-- title: Old API keys and who must rotate them
-- API keys created before a day, the oldest first, with their owners and resources. Create a new key, configure the
-- program to use it, then DELETE the old key.
-- keys: Cloud API key
-- var: before timestamp -- keys created before this day, such as 2025-11-01

SELECT k.id AS api_key, date(k.created_at) AS created, k.owner_name AS owner, k.owner_kind, k.owner_id,
       coalesce(k.resource_id, '-') AS opens, nullif(k.display_name, '') AS key_name
FROM confluent.iam.api_keys_with_owners k
WHERE k.created_at < :before
ORDER BY k.created_at, k.id;
