-- title: Environments
SELECT id, display_name, stream_governance_config FROM confluent.org.environments;

-- title: Clusters
SELECT id, display_name, environment, type, availability, cloud, region, deletion_protection FROM confluent.clusters;

-- title: Users
SELECT id, email, full_name, auth_type FROM confluent.iam.users;

-- title: Service accounts
SELECT id, display_name, description FROM confluent.iam.service_accounts;

-- title: API keys
SELECT id, spec FROM confluent.iam.api_keys;

-- title: Role bindings
SELECT id, principal, role_name, crn_pattern FROM confluent.iam.all_role_bindings;
