-- title: Cost by day
-- What the organization paid each day, credits left out.
SELECT day, round(sum(amount), 2) AS amount
FROM confluent.costs
WHERE day >= :from AND day < :to AND amount > 0
GROUP BY day ORDER BY day;

-- title: API keys by owner
-- The owners of most keys. More than two of a program are seldom needed: one in use, one that replaces it.
SELECT owner_name AS owner, count(*) AS keys
FROM confluent.iam.api_keys_with_owners
WHERE owner_name IS NOT NULL
GROUP BY owner_name HAVING count(*) > 5 ORDER BY keys DESC, owner;

-- title: Topics by cluster
SELECT cluster_name AS cluster, count(*) AS topics, sum(partitions) AS partitions
FROM confluent.kafka_topics
GROUP BY cluster_name ORDER BY partitions DESC;

-- title: Invitations that wait
-- Sent and not accepted yet, the oldest first.
SELECT i.id, i.email, i.expires_at, u.full_name AS sent_by, i.creator
FROM confluent.iam.invitations i LEFT JOIN confluent.iam.users u ON u.id = i.creator.id
WHERE i.status = 'INVITE_STATUS_SENT'
ORDER BY i.expires_at;
