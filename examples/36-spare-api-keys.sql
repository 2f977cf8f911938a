-- title: Owners with more API keys than a rotation needs
-- check: nobody has more than two API keys for one resource
-- severity: low
-- finding: owner_id, opens
-- Owners with more than two keys for the same resource. Two are enough while one replaces the other: find out which are in
-- use, and DELETE the others.
-- keys: Cloud API key
-- var: most integer = 2 -- how many keys are enough

SELECT coalesce(k.owner_name, '(gone)') AS owner, k.owner_kind, k.owner_id, k.resource_id AS opens, count(*) AS keys,
       group_concat(k.id, ', ' ORDER BY k.created_at, k.id) AS api_keys, date(min(k.created_at)) AS oldest
FROM confluent.iam.api_keys_with_owners k
WHERE k.resource_id IS NOT NULL AND k.owner_id IS NOT NULL
GROUP BY k.owner_id, k.resource_id
HAVING count(*) > :most
ORDER BY keys DESC, owner, k.owner_id, opens;
