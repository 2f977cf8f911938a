-- title: Encryption keys that are invalid or unused
-- check: every encryption key of our own is valid and in use
-- severity: high
-- finding: id
-- Keys of your own (BYOK) that Confluent Cloud can no longer use, or that no cluster uses. A cluster whose key is invalid
-- stops: restore the key's policy in the cloud. A key that nothing uses can be deleted.
-- keys: Cloud API key

SELECT k.id, k.display_name AS name, k.provider, k.state, k.validation.phase AS validation, k.validation.message AS message,
       (SELECT group_concat(c.display_name, ', ' ORDER BY c.display_name) FROM confluent.clusters c WHERE c.byok_id = k.id) AS clusters
FROM confluent.encryption_keys.keys k
WHERE k.state <> 'IN_USE' OR k.validation.phase <> 'VALID'
ORDER BY k.state = 'IN_USE' DESC, k.id;
