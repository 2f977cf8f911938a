-- title: Roles that are too broad
-- check: no role is too broad
-- severity: high
-- finding: role, environment, cluster, kind, principal
-- Administrators of the organization or of a whole environment, and owners of all topics of a cluster. Each should be
-- a person you can name or a program that needs it; for the others a narrower role will do.
-- keys: Cloud API key

SELECT r.role_name AS role, coalesce(e.display_name, 'whole organization') AS environment, coalesce(r.cluster, '-') AS cluster,
       r.held_on, coalesce(r.principal_kind, '(gone)') AS kind, coalesce(r.principal_name, substr(r.principal, 6)) AS principal
FROM confluent.iam.role_bindings_with_names r
LEFT JOIN confluent.org.environments e ON e.id = r.environment
WHERE r.role_name IN ('OrganizationAdmin', 'AccountAdmin', 'EnvironmentAdmin')
   OR (r.role_name = 'ResourceOwner' AND r.crn_pattern LIKE '%=*')
ORDER BY CASE r.role_name WHEN 'OrganizationAdmin' THEN 1 WHEN 'AccountAdmin' THEN 2 WHEN 'EnvironmentAdmin' THEN 3 ELSE 4 END,
         environment, cluster, kind, principal, r.id;
