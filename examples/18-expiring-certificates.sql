-- title: Certificate authorities that will expire
-- check: no certificate authority expires soon
-- severity: critical
-- finding: id, expires
-- Certificates of your certificate authorities that end within 90 days. When one does, every client whose certificate
-- it signed is locked out: upload its successor in time.
-- keys: Cloud API key
-- var: today timestamp = today -- the day from which days are counted
-- var: expiry_days integer = 90 -- how many days ahead

SELECT date(d.value) AS expires, a.id, a.display_name AS authority, a.state, a.certificate_chain_filename AS file,
       (SELECT count(*) FROM confluent.iam.certificate_identity_pools p WHERE p.certificate_authority_id = a.id) AS identity_pools
FROM confluent.iam.certificate_authorities a, json_each(a.expiration_dates) d
WHERE d.value < date(:today, :expiry_days || ' days')
ORDER BY expires, a.id;
