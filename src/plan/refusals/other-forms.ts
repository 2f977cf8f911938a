const ESCAPE = ", and ESCAPE '\\' behind the pattern if a backslash is before % or _ in it"

/*
 * Forms of other databases that SQLite cannot parse, and what it has instead.
 *
 * A form is a sequence of tokens: words and operators as they are, `#` a number, `?` any token.
 * It is meant if it covers the token at which SQLite fails.
 * In the text, {1}, {2} … are the tokens of the wildcards, {left} and {right} the operands before and after the form, {columns}, {groups} and {rest} what
 * the statement has (see forms.ts).
 */
export const FORMS: readonly (readonly [form: string, text: string])[] = [
  ['SELECT FROM', 'write SELECT * FROM'],
  ['GROUP BY ALL', 'write GROUP BY {groups}'],
  ['ORDER BY ALL', 'write ORDER BY {columns}'],
  ['ORDER ?', 'write ORDER BY {1}'],
  ['GROUP ?', 'write GROUP BY {1}'],
  ['PARTITION ?', 'write PARTITION BY {1}'],
  ['~ *', "write {left} REGEXP '(?i)…'"],
  ['~ ~', 'write {left} LIKE, which ignores case'],
  ['~', 'write {left} REGEXP {right}'],
  ['NOT ILIKE', `SQLite's LIKE already ignores case: write NOT LIKE${ESCAPE}`],
  ['ILIKE ?', `SQLite's LIKE already ignores case: write LIKE${ESCAPE}`],
  ['ILIKE', `SQLite's LIKE already ignores case: write LIKE${ESCAPE}`],
  ['NOT SIMILAR TO', 'write {left} NOT LIKE with % and _, or {left} NOT REGEXP with a regular expression'],
  ['SIMILAR TO', 'write {left} LIKE with % and _, or {left} REGEXP with a regular expression'],
  ['NOT RLIKE', 'write {left} NOT REGEXP {right}'],
  ['RLIKE', 'write {left} REGEXP {right}'],
  ['CONTAINS', 'write instr({left}, {right}) > 0'],
  ['NOT CONTAINS', 'write instr({left}, {right}) = 0'],
  ['STARTS WITH', "write {left} LIKE 'text%'"],
  ['& &', 'write AND'],
  ['= >', 'write >='],
  ['= <', 'write <='],
  ['> <', 'write <>'],
  ['= !', 'write <>'],
  ['/ /', 'a comment begins with --'],
  ['AND OR', 'write one of AND and OR'],
  ['OR AND', 'write one of AND and OR'],
  ['LIMIT ALL', 'leave LIMIT out'],
  ['FETCH FIRST #', 'write LIMIT {1} at the end'],
  ['FETCH NEXT #', 'write LIMIT {1} at the end'],
  ['FETCH ?', 'write LIMIT n at the end'],
  ['TOP #', 'leave TOP {1} out, and write LIMIT {1} at the end'],
  ['OFFSET #', 'write LIMIT -1 OFFSET {1}'],
  ['OFFSET', 'write LIMIT -1 OFFSET n'],
  [
    'DISTINCT ON',
    'number the rows in a subquery: SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {inside} ORDER BY …) AS n FROM …) WHERE n = 1',
  ],
  ['QUALIFY ?', 'put the query in FROM: SELECT * FROM (SELECT …) WHERE {right}'],
  ['QUALIFY', 'put the query in FROM: SELECT * FROM (SELECT …) WHERE …'],
  ['* EXCLUDE', 'write {rest}'],
  ['* EXCEPT (', 'write {rest}'],
  ['* REPLACE', 'name the columns: {columns of *}'],
  ['* RENAME', 'name the columns: {columns of *}'],
  ['STRAIGHT_JOIN', 'write JOIN'],
  ['SEMI JOIN', 'write WHERE EXISTS (SELECT 1 FROM … WHERE …)'],
  ['ANTI JOIN', 'write WHERE NOT EXISTS (SELECT 1 FROM … WHERE …)'],
  ['ASOF JOIN', 'write a subquery: (SELECT … WHERE … ORDER BY … DESC LIMIT 1)'],
  ['GLOBAL JOIN', 'write JOIN'],
  ['ANY JOIN', 'write JOIN'],
  ['FOR UPDATE', 'leave it out: a SELECT locks nothing'],
  ['FOR SHARE', 'leave it out: a SELECT locks nothing'],
  ['TABLESAMPLE ?', 'write ORDER BY random() LIMIT n at the end'],
  ['USING SAMPLE', 'write ORDER BY random() LIMIT n at the end'],
  ['USING ?', 'write USING ({1})'],
  ['OUTPUT', 'leave OUTPUT out, and write RETURNING and the columns at the end'],
  ['INTO ?', 'write CREATE TABLE {1} AS SELECT …'],
  ['ALL BY NAME', 'leave BY NAME out, and name the columns in the same order'],
  ['UNION BY NAME', 'leave BY NAME out, and name the columns in the same order'],
  ['MINUS SELECT', 'write EXCEPT'],
  ['WITH ROLLUP', 'write a query for each level, with UNION ALL between them'],
  ['GROUPING SETS', 'write a query for each set, with UNION ALL between them'],
  [
    'AT TIME ZONE',
    "leave it out: the times of the API are in UTC; datetime(t, 'localtime') is the local time",
  ],
  ['ANY ( ARRAY ?', 'write IN ({elements})'],
  ['ARRAY ?', 'write json_array({elements})'],
  ['ALL (', 'compare with max() or min() of the query: > (SELECT max(x) FROM …)'],
  ['BETWEEN ? ,', 'write BETWEEN {1} AND {right}'],
  ['ISNULL (', 'write ifnull(a, b), or IS NULL'],
  ['EMIT CHANGES', 'leave EMIT CHANGES out: records of topics are not read'],
]

/** The keywords that a misspelt word may be, with those of two words that are often written as one. */
export const KEYWORDS =
  'SELECT|FROM|WHERE|GROUP BY|ORDER BY|GROUP|ORDER|HAVING|LIMIT|OFFSET|JOIN|LEFT|RIGHT|INNER|OUTER|CROSS|NATURAL|USING|AND|LIKE|GLOB|REGEXP|BETWEEN|UNION|INTERSECT|EXCEPT|DISTINCT|ASC|DESC|CASE|WHEN|THEN|ELSE|END|OVER|PARTITION BY|WITH|VALUES|WINDOW|EXISTS|COLLATE|ESCAPE|FILTER'.split(
    '|',
  )

/** The clauses of a query, in their order. */
export const CLAUSE_ORDER = ['SELECT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT']
