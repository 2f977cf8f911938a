import { STARTS } from '../../sql/tokens.ts'

/** Keywords for completion and highlighting only; SQLite decides whether a statement is valid. */
const words = (text: string): readonly string[] => text.split(/\s+/)

/** Keywords that can follow a complete expression or table, by clause. */
export const FOLLOW: Readonly<Record<string, readonly string[]>> = {
  select: words('FROM AS AND OR IN LIKE IS BETWEEN COLLATE OVER FILTER UNION'),
  from: [
    'WHERE',
    'JOIN',
    'LEFT JOIN',
    'CROSS JOIN',
    'FULL JOIN',
    'GROUP BY',
    'ORDER BY',
    'LIMIT',
    'AS',
    'HAVING',
    'UNION',
    'UNION ALL',
    'EXCEPT',
    'INTERSECT',
  ],
  where: [
    'AND',
    'OR',
    'IN',
    'NOT IN',
    'LIKE',
    'NOT LIKE',
    'GLOB',
    'IS NULL',
    'IS NOT NULL',
    'BETWEEN',
    'COLLATE NOCASE',
    'GROUP BY',
    'ORDER BY',
    'LIMIT',
    'UNION',
    'UNION ALL',
    'EXCEPT',
    'INTERSECT',
    'RETURNING',
  ],
  on: [
    'AND',
    'OR',
    'IN',
    'LIKE',
    'IS NULL',
    'IS NOT NULL',
    'JOIN',
    'LEFT JOIN',
    'WHERE',
    'GROUP BY',
    'ORDER BY',
    'LIMIT',
  ],
  group: ['HAVING', 'ORDER BY', 'LIMIT', 'UNION'],
  having: ['AND', 'OR', 'ORDER BY', 'LIMIT', 'UNION'],
  order: ['ASC', 'DESC', 'NULLS FIRST', 'NULLS LAST', 'LIMIT', 'COLLATE NOCASE'],
  limit: ['OFFSET'],
  set: ['WHERE', 'RETURNING'],
  values: ['RETURNING'],
  into: ['VALUES', 'SELECT'],
  update: ['SET'],
  delete: ['WHERE', 'RETURNING'],
  returning: ['AS'],
}

/** Keywords that can begin an expression. */
export const OPERANDS = words('NOT NULL CASE CAST EXISTS TRUE FALSE DISTINCT SELECT')

const OTHERS =
  words(`ALL ALTER ANALYZE AND AS ASC AWAIT BETWEEN BY CASE CAST COLLATE COLUMNS CREATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DESC
  DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT EXCLUDE EXISTS EXTENDED FALSE FILTER FIRST FOLLOWING FROM FULL FUNCTIONS GLOB GROUP GROUPS HAVING IF IN INNER
  INTERSECT INTO IS ISNULL JOIN LAST LEFT LIKE LIMIT MATERIALIZED METHODS NATURAL NOCASE NOT NOTNULL NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PRECEDING
  PROVIDERS RANGE RECURSIVE REGEXP RESOURCES RETURNING RIGHT ROW ROWS SERVICES SET TABLE TABLES TEMP TEMPORARY THEN TRUE UNBOUNDED UNION USING VIEW VIEWS WHEN WHERE WINDOW`)

const KEYWORDS: ReadonlySet<string> = new Set([...STARTS, ...OTHERS])

/** Whether an upper-case word is a keyword. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word)
}

/** Functions that are completed beside columns. The others, of which SQLite has many, are completed where nothing else fits. */
export const COMMON_FUNCTIONS: ReadonlySet<string> = new Set(
  'abs avg coalesce concat count date datetime format group_concat ifnull iif instr json_each json_extract julianday length lower max min nullif replace round rtrim strftime string_agg substr sum time total trim unixepoch upper'.split(
    ' ',
  ),
)
