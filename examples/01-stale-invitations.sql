-- title: Stale invitations
-- check: no invitation waits for more than a week
-- severity: low
-- finding: id
-- Invitations that were not accepted: they have expired, or are more than a week old. Ask the sender whether they are
-- still wanted; if not, DELETE them, which also deletes the unused account.
-- keys: Cloud API key
-- var: today timestamp = today -- the day from which ages are counted

WITH pending AS (
  SELECT i.id, i.email, i.status, i.auth_type, i.creator.id AS creator,
         i.metadata.created_at AS sent_at, i.expires_at
  FROM confluent.iam.invitations i
  WHERE i.status IN ('INVITE_STATUS_SENT', 'INVITE_STATUS_STAGED')
)
SELECT p.id, p.email, replace(p.status, 'INVITE_STATUS_', '') AS status, date(p.sent_at) AS sent,
       CAST(julianday(:today) - julianday(date(p.sent_at)) AS INTEGER) AS days_waiting,
       CASE WHEN p.expires_at < :today THEN 'yes' ELSE 'no' END AS expired,
       coalesce(nullif(sender.full_name, ''), sender.email, p.creator || ' (gone)') AS sent_by
FROM pending p
LEFT JOIN confluent.iam.users sender ON sender.id = p.creator
WHERE p.expires_at < :today OR p.sent_at < date(:today, '-7 days')
ORDER BY p.sent_at, p.id;
