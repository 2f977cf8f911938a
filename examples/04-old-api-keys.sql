-- title: Old API keys and who must rotate them
-- check: no API key is due for rotation
-- severity: high
-- finding: api_key
-- API keys older than a year, the oldest first, with their owners and resources. Create a new key, configure the program
-- to use it, then DELETE the old key.
-- keys: Cloud API key
-- var: today timestamp = today -- the day from which ages are counted
-- var: key_days integer = 365 -- the days that a key may live

SELECT k.id AS api_key, date(k.created_at) AS created, k.owner_name AS owner, k.owner_kind, k.owner_id,
       coalesce(k.resource_id, '-') AS opens, nullif(k.display_name, '') AS key_name
FROM confluent.iam.api_keys_with_owners k
WHERE k.created_at < date(:today, '-' || :key_days || ' days')
ORDER BY k.created_at, k.id;
