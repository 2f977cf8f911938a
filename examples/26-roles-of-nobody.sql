-- title: Role bindings of deleted principals
-- check: every role belongs to somebody
-- severity: medium
-- finding: id
-- Role bindings whose user, service account, identity pool or group is not in the lists: deleted, or hidden from the key you
-- run this with. Try again as OrganizationAdmin, then DELETE those that are left.
-- keys: Cloud API key

SELECT r.id, substr(r.principal, 6) AS principal, r.role_name AS role, coalesce(e.display_name, '-') AS environment,
       coalesce(r.cluster, '-') AS cluster, r.held_on
FROM confluent.iam.role_bindings_with_names r
LEFT JOIN confluent.org.environments e ON e.id = r.environment
WHERE r.principal_name IS NULL
ORDER BY principal, role, environment, cluster, r.held_on, r.id;
