-- title: Who holds which role on what
-- Every role binding of the organization under the name of its principal: the sheet for an access review. A principal
-- without a name has been deleted, and its role bindings can go too, or is hidden from the key you run this with.
-- keys: Cloud API key

SELECT coalesce(r.principal_kind, '(gone)') AS kind, coalesce(r.principal_name, substr(r.principal, 6)) AS principal,
       r.role_name AS role, coalesce(e.display_name, '-') AS environment, coalesce(r.cluster, '-') AS cluster, r.held_on
FROM confluent.iam.role_bindings_with_names r
LEFT JOIN confluent.org.environments e ON e.id = r.environment
ORDER BY kind, principal, role, environment, cluster, held_on, r.id;
