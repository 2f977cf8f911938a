-- title: API keys of administrators
-- check: no Cloud API key belongs to an administrator
-- severity: critical
-- finding: api_key
-- Cloud API keys whose owner administers the organization or an environment: whoever finds one can delete clusters. Give
-- the program a service account with the roles that it needs. Roles that come by a group mapping are not seen here.
-- keys: Cloud API key

SELECT k.id AS api_key, k.owner_name AS owner, k.owner_kind, k.owner_id,
       group_concat(DISTINCT r.role_name ORDER BY r.role_name) AS roles, date(k.created_at) AS created
FROM confluent.iam.api_keys_with_owners k
JOIN confluent.iam.all_role_bindings r ON r.principal = 'User:' || k.owner_id
WHERE k.resource_kind = 'Cloud' AND r.role_name IN ('OrganizationAdmin', 'AccountAdmin', 'EnvironmentAdmin')
GROUP BY k.id
ORDER BY max(r.role_name <> 'EnvironmentAdmin') DESC, k.owner_name, k.id;
