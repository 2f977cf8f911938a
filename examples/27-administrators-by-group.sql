-- title: Administrators by single sign-on
-- check: no group or identity pool administers
-- severity: high
-- Groups and identity pools that hold an administrator's role. Whoever manages the groups of your identity provider decides
-- who administers Confluent Cloud: keep such groups few, and watched over there.
-- keys: Cloud API key

SELECT r.principal_kind AS kind, r.principal_name AS name, substr(r.principal, 6) AS id, r.role_name AS role,
       coalesce(e.display_name, 'whole organization') AS environment, coalesce(r.cluster, '-') AS cluster
FROM confluent.iam.role_bindings_with_names r
LEFT JOIN confluent.org.environments e ON e.id = r.environment
WHERE r.role_name LIKE '%Admin' AND r.principal_kind NOT IN ('User', 'ServiceAccount')
ORDER BY kind, name, id, role, r.environment, cluster, r.id;
