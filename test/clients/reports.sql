-- Values that readers of reports get wrong easily.
.format amount money total
.format n total

-- title: Costs
SELECT start_date AS day, sum(amount) AS amount, count(*) AS n
FROM confluent.billing.costs
WHERE start_date >= '2026-10-01' AND start_date < '2026-10-08'
GROUP BY 1 ORDER BY 1;

-- title: Values
SELECT 0.1 + 0.2 AS fraction, '=1+1' AS formula, '007' AS code, 12345678901234567 AS long, 1 = 1 AS yes,
       CAST(start_date AS TEXT) || '' AS computed, unit, start_date AS day, '2026-10-01T02:03:04.567Z' AS at,
       'https://example.org/?a=1&b=2' AS link, resource, NULL AS missing
FROM confluent.billing.costs
WHERE start_date = '2026-10-01' LIMIT 1;
