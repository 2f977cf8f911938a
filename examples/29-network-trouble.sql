-- title: Networks and links that are not ready
-- check: every network and link is ready
-- severity: high
-- finding: id
-- Networks, peerings, attachments and access points that have failed, wait for the other side or do not work fully. Accept
-- what is pending in your cloud account, and delete what has failed.
-- keys: Cloud API key

WITH parts(kind, environment, id, name, phase, message) AS (
  SELECT 'network', environment, id, spec.display_name, status.phase, status.error_message FROM confluent.networking.networks
  UNION ALL
  SELECT 'peering', environment, id, spec.display_name, status.phase, status.error_message FROM confluent.networking.peerings
  UNION ALL
  SELECT 'transit gateway attachment', environment, id, spec.display_name, status.phase, status.error_message
  FROM confluent.networking.transit_gateway_attachments
  UNION ALL
  SELECT 'private link access', environment, id, spec.display_name, status.phase, status.error_message
  FROM confluent.networking.private_link_accesses
  UNION ALL
  SELECT 'private link attachment', environment, id, spec.display_name, status.phase, status.error_message
  FROM confluent.networking.private_link_attachments
  UNION ALL
  SELECT 'access point', environment, id, spec.display_name, status.phase, status.error_message
  FROM confluent.networking.access_points
)
SELECT p.kind, e.display_name AS environment, p.id, p.name, p.phase, nullif(p.message, '') AS message
FROM parts p
JOIN confluent.org.environments e ON e.id = p.environment
WHERE p.phase <> 'READY'
ORDER BY p.kind, environment, p.id;
