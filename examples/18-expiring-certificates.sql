-- title: Certificate authorities that will expire
-- Certificates of your certificate authorities that end before a day. When one does, every client whose certificate
-- it signed is locked out: upload its successor in time.
-- keys: Cloud API key
-- var: before timestamp -- the day, such as 2027-01-30

SELECT date(d.value) AS expires, a.id, a.display_name AS authority, a.state, a.certificate_chain_filename AS file,
       (SELECT count(*) FROM confluent.iam.certificate_identity_pools p WHERE p.certificate_authority_id = a.id) AS identity_pools
FROM confluent.iam.certificate_authorities a, json_each(a.expiration_dates) d
WHERE d.value < :before
ORDER BY expires, a.id;
