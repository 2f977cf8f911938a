-- title: Consumer groups with a large lag
-- check: no consumer group falls behind
-- severity: medium
-- finding: environment, cluster, consumer_group
-- Groups with more records waiting than a threshold, the worst first, with the partition that is furthest behind. A
-- group that is EMPTY has no consumers at all: start them, or delete the group.
-- keys: Cloud API key; a Kafka API key for each cluster
-- var: lag integer = 10000 -- how many records may wait

SELECT g.environment_name AS environment, g.cluster_name AS cluster, g.consumer_group, g.state, g.total_lag,
       g.max_lag, g.max_lag_topic || '-' || g.max_lag_partition AS worst_partition
FROM confluent.kafka_consumer_lag g
WHERE g.total_lag > :lag
ORDER BY g.total_lag DESC, cluster, g.consumer_group;
