/*
 * Functions of other databases, and what SQLite has instead. In a replacement, $1, $2 … are the arguments of the call, $* is
 * all of them, and # is the first argument without its quotes. The replacement of a call with other arguments than these is shown with `…`.
 */

const NOW = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"

/** Replacements of calls, which work as they are. */
export const REPLACEMENTS: Readonly<Record<string, string>> = {
  ...each('now getdate localtimestamp sysdatetime getutcdate utc_timestamp clock_timestamp', NOW),
  ...each('today curdate current_date', "date('now')"),
  ...each('to_timestamp from_unixtime', "strftime('%Y-%m-%dT%H:%M:%SZ', $1, 'unixepoch')"),
  ...each('epoch unix_timestamp', 'unixepoch($1)'),
  ...each('epoch_ms', "strftime('%Y-%m-%dT%H:%M:%SZ', $1 / 1000, 'unixepoch')"),
  ...each('to_date str_to_date', 'date($1)'),
  age: "julianday('now') - julianday($1)",
  last_day: "date($1, 'start of month', '+1 month', '-1 day')",
  make_date: "printf('%04d-%02d-%02d', $1, $2, $3)",
  ...each(
    'quantile quantile_cont approx_quantile approx_percentile percentile_approx',
    'percentile_cont($1, $2)',
  ),
  quantile_disc: 'percentile_disc($1, $2)',
  ...each(
    'stddev stddev_samp stdev',
    'sqrt((avg($1 * $1) - avg($1) * avg($1)) * count($1) / (count($1) - 1))',
  ),
  stddev_pop: 'sqrt(avg($1 * $1) - avg($1) * avg($1))',
  ...each('variance var_samp', '(avg($1 * $1) - avg($1) * avg($1)) * count($1) / (count($1) - 1)'),
  var_pop: 'avg($1 * $1) - avg($1) * avg($1)',
  listagg: 'string_agg($1, $2)',
  ...each('array_agg list json_agg jsonb_agg collect_list json_arrayagg group_array', 'json_group_array($1)'),
  ...each('collect_set', 'json_group_array(DISTINCT $1)'),
  ...each('json_object_agg jsonb_object_agg json_objectagg map_agg', 'json_group_object($1, $2)'),
  any_value: 'min($1)',
  ...each('bool_and every logical_and', 'min($1)'),
  ...each('bool_or logical_or', 'max($1)'),
  ...each('count_if countif', 'count(*) FILTER (WHERE $1)'),
  ...each('sum_if sumif', 'sum($1) FILTER (WHERE $2)'),
  ...each('approx_count_distinct count_distinct', 'count(DISTINCT $1)'),
  ...each('json_build_object jsonb_build_object struct_pack object_construct', 'json_object($*)'),
  ...each('json_build_array jsonb_build_array list_value array array_construct', 'json_array($*)'),
  ...each('json_extract_string json_value struct_extract json_extract_scalar get_json_object', '($1 ->> $2)'),
  ...each('jsonb_pretty', 'json_pretty($1)'),
  ...each('jsonb_typeof json_typeof', 'json_type($1)'),
  ...each('array_length cardinality jsonb_array_length array_size', 'json_array_length($1)'),
  ...each(
    'array_contains list_contains list_has has',
    'EXISTS (SELECT 1 FROM json_each($1) WHERE value = $2)',
  ),
  ...each('array_to_string array_join list_aggregate', '(SELECT group_concat(value, $2) FROM json_each($1))'),
  ...each('len char_length character_length', 'length($1)'),
  ...each('ucase', 'upper($1)'),
  ...each('lcase', 'lower($1)'),
  left: 'substr($1, 1, $2)',
  right: 'substr($1, -$2)',
  mid: 'substr($1, $2, $3)',
  ...each('strpos position', 'instr($1, $2)'),
  ...each('charindex locate', 'instr($2, $1)'),
  ...each('starts_with startswith', 'substr($1, 1, length($2)) = $2'),
  ...each('ends_with endswith', 'substr($1, -length($2)) = $2'),
  contains: 'instr($1, $2) > 0',
  repeat: "replace(hex(zeroblob($2)), '00', $1)",
  ...each('lpad', "format('%*s', $2, $1)"),
  ...each('rpad', "format('%-*s', $2, $1)"),
  ...each('split string_split str_split string_to_array regexp_split_to_array', 'split_part($1, $2, 1)'),
  ...each('regexp_extract regexp_match', 'regexp_substr($1, $2)'),
  ...each('regexp_matches regexp_contains rlike', 'regexp_like($1, $2)'),
  ...each('regexp_full_match', "regexp_like($1, '^(?:' || $2 || ')$')"),
  greatest: 'max($*)',
  least: 'min($*)',
  ...each('nvl isnull', 'ifnull($1, $2)'),
  nvl2: 'iif($1 IS NULL, $3, $2)',
  ...each('rand', 'random()'),
  ...each('gen_random_uuid uuid newid', 'lower(hex(randomblob(16)))'),
  ...each('truncate', 'trunc($1)'),
  pg_typeof: 'typeof($1)',
  ...each('to_number', 'CAST($1 AS REAL)'),
  ...each('to_json to_jsonb', 'json($1)'),
  aws_policy_equal: 'json_equal($1, $2)',
  version: 'sqlite_version()',
}

/** Parts of a time $2, by their names in date_part() and extract(). */
export const PARTS: Readonly<Record<string, string>> = {
  ...each('year years', "CAST(strftime('%Y', $2) AS INTEGER)"),
  ...each('month months', "CAST(strftime('%m', $2) AS INTEGER)"),
  ...each('day days dayofmonth', "CAST(strftime('%d', $2) AS INTEGER)"),
  ...each('hour hours', "CAST(strftime('%H', $2) AS INTEGER)"),
  ...each('minute minutes', "CAST(strftime('%M', $2) AS INTEGER)"),
  ...each('second seconds', "CAST(strftime('%S', $2) AS INTEGER)"),
  ...each('week weekofyear', "CAST(strftime('%V', $2) AS INTEGER)"),
  ...each('dow dayofweek weekday', "CAST(strftime('%w', $2) AS INTEGER)"),
  ...each('isodow', "CAST(strftime('%u', $2) AS INTEGER)"),
  ...each('doy dayofyear', "CAST(strftime('%j', $2) AS INTEGER)"),
  quarter: "(CAST(strftime('%m', $2) AS INTEGER) + 2) / 3",
  epoch: "unixepoch($2, 'subsec')",
}

/** The beginning of the period that $2 is in, by the name of the period in date_trunc(). */
export const PERIODS: Readonly<Record<string, string>> = {
  year: "strftime('%Y-01-01', $2)",
  quarter: "date($2, 'start of month', '-' || ((strftime('%m', $2) - 1) % 3) || ' months')",
  month: "strftime('%Y-%m-01', $2)",
  week: "date($2, '-6 days', 'weekday 1')",
  day: 'date($2)',
  hour: "strftime('%Y-%m-%dT%H:00:00Z', $2)",
  minute: "strftime('%Y-%m-%dT%H:%M:00Z', $2)",
  second: "strftime('%Y-%m-%dT%H:%M:%SZ', $2)",
}

/** The time from $2 to $3, by the unit in date_diff(). */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  second: 'unixepoch($3) - unixepoch($2)',
  minute: '(unixepoch($3) - unixepoch($2)) / 60',
  hour: '(unixepoch($3) - unixepoch($2)) / 3600',
  day: 'CAST(julianday(date($3)) - julianday(date($2)) AS INTEGER)',
  week: 'CAST(julianday(date($3)) - julianday(date($2)) AS INTEGER) / 7',
  month: "(strftime('%Y', $3) - strftime('%Y', $2)) * 12 + strftime('%m', $3) - strftime('%m', $2)",
  year: "strftime('%Y', $3) - strftime('%Y', $2)",
}

/** Codes of formats of to_char(), and those of strftime(). */
export const FORMAT_CODES: readonly (readonly [code: string, strftime: string])[] = [
  ['YYYY', '%Y'],
  ['HH24', '%H'],
  ['MM', '%m'],
  ['DD', '%d'],
  ['MI', '%M'],
  ['SS', '%S'],
  ['DDD', '%j'],
  ['IW', '%V'],
]

/** Calls that need another form of the statement. */
export const ADVICE: Readonly<Record<string, string>> = {
  ...each(
    'date_add date_sub dateadd timestampadd',
    "write date(t, '+7 days') or date(t, '-7 days'); with an hour strftime('%Y-%m-%dT%H:%M:%SZ', t, '-2 hours')",
  ),
  ...each(
    'strptime',
    "write date('2026-01-31') or datetime('2026-01-31T08:00:00Z'): times are written like that",
  ),
  mode: 'write SELECT x, count(*) FROM … GROUP BY x ORDER BY count(*) DESC LIMIT 1',
  ...each('arg_max max_by argmax', 'write (SELECT x FROM … ORDER BY y DESC LIMIT 1)'),
  ...each('arg_min min_by argmin', 'write (SELECT x FROM … ORDER BY y LIMIT 1)'),
  ...each('first last', 'write first_value(x) OVER (ORDER BY …), or min(x) and max(x)'),
  ...each(
    'unnest explode flatten jsonb_array_elements jsonb_array_elements_text json_array_elements json_array_elements_text json_object_keys jsonb_object_keys jsonb_each',
    'write FROM …, json_each(column): it has the columns key and value',
  ),
  ...each(
    'json_extract_path_text json_extract_path jsonb_extract_path_text jsonb_path_query',
    "write column.a.b for a field, or json_extract(text, '$.a.b')",
  ),
  ...each('rollup cube', 'write a query for each level, with UNION ALL between them'),
  ...each('any some', "write IN ('a', 'b'), or IN (SELECT …)"),
  ...each('decode', "write CASE x WHEN 'a' THEN 1 ELSE 2 END"),
  ...each('current_schema current_database database', 'the provider of names of two parts is that of USE'),
  ...each('current_user user session_user', 'confluentql doctor shows whose keys are used'),
  top: 'write LIMIT n at the end',
  columns: 'name the columns; DESCRIBE lists those of a table',
  ...each(
    'pg_size_pretty format_bytes formatreadablesize',
    'write the number: .format COLUMN bytes on a line of its own shows it in KiB, MiB and GiB',
  ),
  ...each('md5 sha1 sha256 reverse initcap', 'there is nothing like it'),
}

/** Table functions of other databases. Those of series are in instead-of-calls.ts. */
export const TABLE_FUNCTIONS: Readonly<Record<string, string>> = {
  ...each(
    'unnest jsonb_array_elements json_array_elements jsonb_each explode flatten',
    'write json_each($1)',
  ),
  lateral:
    'leave LATERAL out: json_each() can use the tables before it; a query in brackets cannot, so write its conditions in ON',
  ...each(
    'read_csv read_csv_auto read_json read_json_auto read_parquet parquet_scan',
    'no file is read into a table; CREATE TABLE name AS SELECT … keeps rows',
  ),
}

function each(names: string, value: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map(name => [name, value]))
}
