-- title: Unused networks and links
-- check: no network is unused
-- severity: low
-- finding: id
-- Networks without a cluster, private link attachments without a connection, and gateways without an access point: each
-- may cost money, and is a way in that nobody watches.
-- keys: Cloud API key

WITH unused(kind, environment, id, name, created) AS (
  SELECT 'network', n.environment, n.id, n.spec.display_name, n.metadata.created_at
  FROM confluent.networking.networks n
  WHERE NOT EXISTS (SELECT 1 FROM confluent.clusters c WHERE c.network_id = n.id)
  UNION ALL
  SELECT 'private link attachment', a.environment, a.id, a.spec.display_name, a.metadata.created_at
  FROM confluent.networking.private_link_attachments a
  WHERE NOT EXISTS (SELECT 1 FROM confluent.networking.private_link_attachment_connections x
                    WHERE x.environment = a.environment AND x.spec.private_link_attachment.id = a.id)
  UNION ALL
  SELECT 'gateway', g.environment, g.id, g.spec.display_name, g.metadata.created_at
  FROM confluent.networking.gateways g
  WHERE NOT EXISTS (SELECT 1 FROM confluent.networking.access_points p WHERE p.environment = g.environment AND p.spec.gateway.id = g.id)
)
SELECT u.kind, e.display_name AS environment, u.id, u.name, date(u.created) AS created
FROM unused u
JOIN confluent.org.environments e ON e.id = u.environment
ORDER BY u.kind, environment, u.id;
