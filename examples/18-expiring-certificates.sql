-- title: Certificate authorities that will expire
-- check: no certificate authority expires soon
-- severity: critical
-- finding: id, expires
-- Certificates of your certificate authorities that end within 90 days. When one does, every client whose certificate
-- it signed is locked out: upload its successor in time. One without a date is listed too.
-- keys: Cloud API key
-- var: today timestamp = today -- the day from which days are counted
-- var: expiry_days integer = 90 -- how many days ahead

SELECT date(c.expires_at) AS expires, c.authority AS id, c.authority_name AS authority, c.state, c.file,
       (SELECT count(*) FROM confluent.iam.certificate_identity_pools p WHERE p.certificate_authority_id = c.authority) AS identity_pools
FROM confluent.iam.certificate_expiry c
WHERE c.expires_at < date(:today, :expiry_days || ' days') OR c.expires_at IS NULL
ORDER BY expires, c.authority;
