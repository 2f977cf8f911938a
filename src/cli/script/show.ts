import type { MetaCall } from './meta.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const OWN =
  "SELECT table_name AS \"table\", CASE table_type WHEN 'LOCAL TABLE' THEN 'table' ELSE lower(table_type) END AS type FROM information_schema.tables WHERE table_catalog IS NULL"

/** The statement that a meta-command stands for; undefined if it stands for none. */
export function statementFor({ command, args }: MetaCall): string | undefined {
  const [name] = args
  switch (command.name) {
    case 'tables':
      return name === undefined ? 'SHOW TABLES' : showTables(name)
    case 'own':
      return `${OWN}${name === undefined ? '' : ` AND table_name LIKE ${quoted(pattern(name))}`} ORDER BY 1`
    case 'describe':
      return name === undefined ? 'SHOW TABLES' : `DESCRIBE ${identifier(name)}`
    case 'schema':
      return `DESCRIBE EXTENDED ${identifier(name!)}`
    default:
      return undefined
  }
}

/** `a.b` is a service and `a` any table with that in its name; with `%` or `*` it is a pattern of whole names. */
function showTables(name: string): string {
  if (/[%*]/.test(name) || !name.includes('.')) return `SHOW TABLES LIKE ${quoted(pattern(name))}`
  return `SHOW TABLES IN ${identifier(name)}`
}

function pattern(text: string): string {
  const like = text.replaceAll('*', '%')
  return like.includes('%') ? like : `%${like}%`
}

/** A name as SQL: its parts quoted where they need it, unless they are quoted already. */
function identifier(name: string): string {
  if (/["`[]/.test(name)) return name
  return name
    .split('.')
    .map(part => (/^[A-Za-z_]\w*$/.test(part) ? part : `"${part}"`))
    .join('.')
}
