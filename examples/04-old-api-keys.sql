-- title: Old API keys and who must rotate them
-- API keys made before a day, the oldest first, with their owners and what they open. Make a successor, move the
-- program over, then DELETE the old key.
-- keys: Cloud API key
-- var: before timestamp -- keys made before this day, such as 2025-11-01

SELECT k.id AS api_key, date(k.created_at) AS created, k.owner_name AS owner, k.owner_kind, k.owner_id,
       coalesce(k.resource_id, '-') AS opens, nullif(k.display_name, '') AS key_name
FROM confluent.iam.api_keys_with_owners k
WHERE k.created_at < :before
ORDER BY k.created_at, k.id;
