-- title: How well each cluster is protected
-- check: every cluster is protected
-- severity: high
-- finding: id
-- Clusters that lack what an auditor asks of each: protected against deletion, in several zones, encrypted with your own
-- key, out of reach of the internet. The ones with most open points come first.
-- keys: Cloud API key

WITH checked AS (
  SELECT c.environment_name AS environment, c.id, c.display_name AS name, c.type,
         coalesce(c.deletion_protection, 0) AS deletion_protection,
         c.availability IN ('HIGH', 'MULTI_ZONE') AS several_zones,
         k.state = 'IN_USE' AND k.validation.phase = 'VALID' AS own_key,
         coalesce((SELECT group_concat(t.value, ', ') FROM json_each(n.spec.connection_types) t),
           (SELECT group_concat(DISTINCT p.value ->> '$.connection_type') FROM json_each(c.endpoints) p)) AS reached_by
  FROM confluent.clusters c
  LEFT JOIN confluent.encryption_keys.keys k ON k.id = c.byok_id
  LEFT JOIN confluent.networking.networks n ON n.environment = c.environment AND n.id = c.network_id
),
scored AS (
  SELECT *, (deletion_protection = 0) + (several_zones = 0) + (own_key IS NOT 1) + (reached_by = 'PUBLIC') AS open_points FROM checked
)
SELECT open_points, environment, id, name, type,
       iif(deletion_protection, 'yes', 'NO') AS deletion_protection, iif(several_zones, 'yes', 'NO') AS several_zones,
       iif(own_key, 'yes', 'NO') AS own_key, coalesce(reached_by, 'nothing yet') AS reached_by
FROM scored
WHERE open_points > 0
ORDER BY open_points DESC, environment, id;
