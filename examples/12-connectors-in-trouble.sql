-- title: Connectors that are not running
-- check: every connector runs
-- severity: high
-- finding: environment, cluster, name
-- Connectors that have failed, are paused or have a failed task, with the cause of the error. Restart them once
-- the cause is gone (EXEC confluent.connect.connectors.restart_connectv1connector).
-- keys: Cloud API key

SELECT n.state, n.environment_name AS environment, n.cluster_name AS cluster, n.name, n.class,
       n.failed_tasks || ' of ' || n.tasks AS failed_tasks,
       n.cause
FROM confluent.connectors n
WHERE n.state <> 'RUNNING' OR n.failed_tasks > 0
ORDER BY CASE n.state WHEN 'FAILED' THEN 1 WHEN 'DEGRADED' THEN 2 WHEN 'RUNNING' THEN 3 ELSE 4 END,
         n.environment_name, n.cluster_name, n.name;
