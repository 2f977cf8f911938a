SELECT environment, cluster, count(*) AS topics, sum(partitions_count) AS partitions
FROM {{ source('lake', 'topics') }}
WHERE NOT is_internal
GROUP BY ALL
