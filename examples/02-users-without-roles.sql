-- title: Users without any role
-- check: every user holds a role
-- severity: medium
-- finding: id
-- People who can log in and hold no role at any level: they were invited and forgotten, or moved on. Give them a role
-- or remove them. With single sign-on, a role may still come to them by a group mapping, which belongs to no one user.
-- keys: Cloud API key

SELECT u.id, u.email, nullif(u.full_name, '') AS name, replace(u.auth_type, 'AUTH_TYPE_', '') AS login,
       replace(i.status, 'INVITE_STATUS_', '') AS invitation, date(u.metadata.created_at) AS since
FROM confluent.iam.users u
LEFT JOIN confluent.iam.all_role_bindings r ON r.principal = 'User:' || u.id
LEFT JOIN confluent.iam.invitations i ON i.user.id = u.id
WHERE r.id IS NULL
ORDER BY since, u.id;
