import type { Value } from '../../catalog/types.ts'
import type { MetaCall } from './read-meta.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const SESSION_TABLES =
  "SELECT table_name AS \"table\", CASE table_type WHEN 'LOCAL TABLE' THEN 'table' ELSE lower(table_type) END AS type FROM information_schema.tables WHERE table_catalog IS NULL"

/** The statement that a meta-command is shorthand for; undefined if there is none. */
export function statementFor({ command, args }: MetaCall): string | undefined {
  const [name] = args
  switch (command.name) {
    case 'tables':
      return name === undefined ? 'SHOW TABLES' : showTables(name)
    case 'own':
      return `${SESSION_TABLES}${name === undefined ? '' : ` AND table_name LIKE ${quoted(pattern(name))}`} ORDER BY 1`
    case 'find':
      return `SHOW MATCHES LIKE ${quoted(args.join(' '))}`
    case 'describe':
      if (name === undefined) return 'SHOW TABLES'
      return /[%*]/.test(name) ? showTables(name) : `DESCRIBE ${identifier(name)}`
    case 'schema':
      return `DESCRIBE EXTENDED ${identifier(name!)}`
    default:
      return undefined
  }
}

/** What the prompt says below the rows of a meta-command, if anything. */
export function noticeAfter(
  { command, args }: MetaCall,
  rows: readonly (readonly Value[])[],
): string | undefined {
  const [name = ''] = args
  if (rows.length === 0)
    return command.name === 'own'
      ? '.tables lists those of the API'
      : command.name === 'find'
        ? 'nothing has these words; .tables * lists all tables'
        : /[%*]/.test(name) || name.includes('.')
          ? '.tables * lists all tables'
          : `.find ${name} looks for words that mean the same, too`
  if (command.name !== 'describe' || name === '' || /[%*]/.test(name)) return undefined
  const objects = rows.flatMap(([column, type]) => (type === 'object' ? [String(column)] : []))
  return objects.length === 0
    ? undefined
    : `\\d+ ${name} shows the fields of ${objects.length < 2 ? objects.join('') : `${objects.slice(0, -1).join(', ')} and ${objects.at(-1)}`}`
}

/** `a.b` is a service; `a` matches any part of a table name; with `%` or `*` it is a pattern for the whole name. */
function showTables(name: string): string {
  if (/[%*]/.test(name) || !name.includes('.')) return `SHOW TABLES LIKE ${quoted(pattern(name))}`
  return `SHOW TABLES IN ${identifier(name)}`
}

function pattern(text: string): string {
  const like = text.replaceAll('*', '%')
  return like.includes('%') ? like : `%${like}%`
}

/** A dotted name in SQL, its parts quoted if needed. A name with quotes is returned unchanged. */
function identifier(name: string): string {
  if (/["`[]/.test(name)) return name
  return name
    .split('.')
    .map(part => (/^[A-Za-z_]\w*$/.test(part) ? part : `"${part}"`))
    .join('.')
}
