-- title: Users who log in with a password, administrators first
-- check: nobody logs in with a password
-- severity: high
-- finding: email
-- Local users bypass single sign-on: its second factor, and its end of access when somebody leaves. Keep very few for
-- when single sign-on is down, and migrate the others, beginning with the administrators at the top.
-- keys: Cloud API key

SELECT u.email, nullif(u.full_name, '') AS name,
       count(r.id) FILTER (WHERE r.role_name LIKE '%Admin') AS admin_roles,
       count(r.id) AS roles,
       group_concat(DISTINCT r.role_name ORDER BY r.role_name) AS role_names,
       date(u.metadata.created_at) AS since
FROM confluent.iam.users u
LEFT JOIN confluent.iam.all_role_bindings r ON r.principal = 'User:' || u.id
WHERE u.auth_type = 'AUTH_TYPE_LOCAL'
GROUP BY u.id
ORDER BY max(r.role_name = 'OrganizationAdmin') DESC, admin_roles DESC, roles DESC, u.email;
