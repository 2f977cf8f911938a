-- title: IP groups that are too wide
-- check: no IP group is too wide
-- severity: high
-- finding: block, ip_group
-- Networks of IP groups that are wider than a threshold (/16 of IPv4, /32 of IPv6), and the IP filters that let them in. A
-- filter with such a group filters nothing.
-- keys: Cloud API key
-- var: prefix integer = 16 -- the shortest prefix of an IPv4 network; twice that of IPv6

WITH blocks AS (
  SELECT g.id, g.group_name, b.value AS block, CAST(substr(b.value, instr(b.value, '/') + 1) AS INTEGER) AS prefix
  FROM confluent.iam.ip_groups g, json_each(g.cidr_blocks) b
  WHERE b.value LIKE '%/%'
)
SELECT b.block, b.id AS ip_group, b.group_name,
       (SELECT group_concat(f.filter_name, ', ' ORDER BY f.filter_name)
        FROM confluent.iam.ip_filters f, json_each(f.ip_groups) m WHERE m.value ->> '$.id' = b.id) AS filters
FROM blocks b
WHERE b.prefix < CASE WHEN b.block LIKE '%:%' THEN 2 * :prefix ELSE :prefix END
ORDER BY b.prefix, b.block, b.id;
