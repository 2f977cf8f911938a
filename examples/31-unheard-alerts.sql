-- title: Important notifications without a subscription
-- check: somebody hears of every critical event
-- severity: medium
-- finding: id
-- Kinds of notifications that are critical or recommended, and that no enabled subscription sends anywhere. Subscribe to
-- them (INSERT INTO confluent.notifications.subscriptions).
-- keys: Cloud API key

SELECT t.id, t.display_name AS event, t.severity, t.subscription_priority AS priority, s.id AS disabled_subscription
FROM confluent.notifications.notification_types t
LEFT JOIN confluent.notifications.subscriptions s ON s.notification_type.id = t.id AND s.current_state <> 'ENABLED'
WHERE (t.severity = 'CRITICAL' OR t.subscription_priority <> 'OPTIONAL')
  AND NOT EXISTS (SELECT 1 FROM confluent.notifications.subscriptions o
                  WHERE o.notification_type.id = t.id AND o.current_state = 'ENABLED' AND json_array_length(o.integrations) > 0)
ORDER BY t.severity, t.id, s.id;
