-- title: Streams shared with others
-- check: no stream is shared outside the organization
-- severity: medium
-- finding: id
-- Shares of topics with other organizations, those that wait for an answer included. Each needs somebody who can say why;
-- accept it in the baseline until the next review.
-- keys: Cloud API key

SELECT s.id, s.status.phase AS phase, coalesce(nullif(s.consumer_organization_name, ''), '-') AS organization,
       s.consumer_restriction.email AS invited, c.display_name AS cluster, date(s.invited_at) AS invited_at,
       date(s.redeemed_at) AS redeemed_at
FROM confluent.stream_sharing.provider_shares s
LEFT JOIN confluent.clusters c ON c.id = s.cloud_cluster.id
WHERE s.status.phase IN ('ACTIVE', 'INVITED')
ORDER BY phase, s.id;
