import type { RowsAt } from '../../catalog/types.ts'
import { literal } from '../../plan/splice.ts'

/** The SQL of what stands in FROM for the rows of a parsed page `page`: a table `r` with columns value, key and type. */
export function rowsFrom({ at, kind }: RowsAt, page = '@page'): string {
  const [first = '$', ...more] = at.split('[*]')
  if (more.length > 0) return `(${nested(first, more, kind, page)}) AS r`
  return kind === 'one'
    ? `(SELECT jsonb_extract(${page}, ${literal(at)}) AS value, NULL AS key, json_type(${page}, ${literal(at)}) AS type) AS r`
    : `jsonb_each(${page}, ${literal(at)}) AS r`
}

/** The rows below all elements of an array, or values of a map. Elements without rows have none. */
function nested(first: string, more: readonly string[], kind: RowsAt['kind'], page: string): string {
  const containers = [`jsonb_each(${page}, ${literal(first)}) AS r0`]
  const tests: string[] = []
  more.forEach((path, i) => {
    const below = literal(`$${path}`)
    // jsonb_each refuses an argument that is not JSON
    const value = `iif(r${i}.type IN ('array', 'object'), r${i}.value, 'null')`
    const isLast = i === more.length - 1
    if (isLast && kind === 'one') {
      tests.push(`json_type(${value}, ${below}) IS NOT NULL`)
      return
    }
    containers.push(`jsonb_each(${value}, ${below}) AS r${i + 1}`)
    tests.push(
      `json_type(${value}, ${below}) IN ${isLast && kind === 'map' ? "('object')" : isLast ? "('array')" : "('array', 'object')"}`,
    )
  })
  const n = kind === 'one' ? more.length - 1 : more.length
  const below = literal(`$${more.at(-1)!}`)
  const last = `iif(r${n}.type IN ('array', 'object'), r${n}.value, 'null')`
  const row =
    kind === 'one'
      ? `jsonb_extract(${last}, ${below}) AS value, r${n}.key AS key, json_type(${last}, ${below}) AS type`
      : `r${n}.value AS value, r${n}.key AS key, r${n}.type AS type`
  return `SELECT ${row} FROM ${containers.join(' JOIN ')} WHERE ${tests.join(' AND ')}`
}

/** The path to what contains all rows: an array, a map, or a single row. */
export function containerPath({ at }: RowsAt): string {
  return at.split('[*]')[0]!
}

/** Whether rows stand below several elements. */
export function isNested({ at }: RowsAt): boolean {
  return at.includes('[*]')
}
