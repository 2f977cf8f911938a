-- title: Resources whose costs have risen
-- check: no cost has risen by a fifth
-- severity: medium
-- finding: resource
-- Resources whose cost per day in the last whole month is higher than in the month before by a percentage, the largest sums
-- first. A resource without costs in the month before is new.
-- keys: Cloud API key with access to billing
-- var: today timestamp = today -- a day of the month after the last whole one
-- var: growth integer = 20 -- the percentage

WITH months AS (
  SELECT c.resource, max(c.resource_name) AS name, max(c.product) AS product,
         coalesce(sum(c.amount) FILTER (WHERE c.day >= date(:today, 'start of month', '-1 month')), 0) AS last,
         coalesce(sum(c.amount) FILTER (WHERE c.day < date(:today, 'start of month', '-1 month')), 0) AS before,
         julianday(date(:today, 'start of month')) - julianday(date(:today, 'start of month', '-1 month')) AS last_days,
         julianday(date(:today, 'start of month', '-1 month')) - julianday(date(:today, 'start of month', '-2 months')) AS before_days
  FROM confluent.costs c
  WHERE c.day >= date(:today, 'start of month', '-2 months') AND c.day < date(:today, 'start of month') AND c.resource IS NOT NULL
  GROUP BY c.resource
)
SELECT m.resource, m.name, m.product, round(m.before, 2) AS before, round(m.last, 2) AS last,
       CASE WHEN m.before > 0 THEN round(100 * (m.last / m.last_days) / (m.before / m.before_days) - 100, 1) END AS percent_more
FROM months m
WHERE m.last / m.last_days > m.before / m.before_days * (1 + :growth / 100.0)
ORDER BY m.last - m.before DESC, m.resource;
