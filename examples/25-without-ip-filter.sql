-- title: Where no IP filter applies
-- check: an IP filter guards every environment
-- severity: medium
-- finding: id, operations
-- Environments and groups of operations that can be used from any address: neither a filter of the environment nor one of the
-- whole organization names them. A filter that lets in every address does not count.
-- keys: Cloud API key

WITH filtered AS (
  SELECT o.value AS operations, iif(f.resource_scope LIKE '%/environment=%', f.resource_scope, NULL) AS scope
  FROM confluent.iam.ip_filters f, json_each(f.operation_groups) o
  WHERE NOT EXISTS (SELECT 1 FROM json_each(f.ip_groups) m JOIN confluent.iam.ip_groups g ON g.id = m.value ->> '$.id', json_each(g.cidr_blocks) b
                    WHERE b.value LIKE '%/0')
)
SELECT e.display_name AS environment, e.id, w.operations
FROM confluent.org.environments e
CROSS JOIN (SELECT 'MANAGEMENT' AS operations UNION ALL SELECT 'SCHEMA' UNION ALL SELECT 'FLINK') w
WHERE NOT EXISTS (SELECT 1 FROM filtered f
                  WHERE f.operations = w.operations AND (f.scope IS NULL OR f.scope LIKE '%/environment=' || e.id))
ORDER BY environment, e.id, w.operations;
