import type { Statement } from '../queries.ts'
import { Random } from '../random.ts'
import { fixed, perDialect, type Node } from '../tree.ts'
import type { Dataset } from '../schema.ts'
import { antiJoin } from './antijoins.ts'
import { quotedCall } from './calls.ts'
import { collation } from './collations.ts'
import { comparison } from './comparisons.ts'
import { FormBuilder, type FormStatement } from './form-builder.ts'
import { membership } from './memberships.ts'
import { script } from './scripts.ts'
import { aliasInQuery, aliasInSubquery } from './aliases.ts'
import { cteNames, quotedNames } from './names.ts'

/** Statement forms that rarely return rows if generated at random; each is counted by its name. */
export const FORMS: Readonly<Record<string, (builder: FormBuilder) => FormStatement>> = {
  'anti-join': antiJoin,
  'IN name': membership,
  alias: aliasInQuery,
  'alias in a subquery': aliasInSubquery,
  'quoted name': quotedNames,
  'name of a CTE': cteNames,
  'quoted call': quotedCall,
  collation,
  comparison,
  script,
}

/** How often a statement without rows is generated again. */
const TRIES = 8

/**
 * A statement of a form.
 * @param hasRows whether the reference accepts the statement and returns rows
 */
export function makeForm(
  name: string,
  seed: number,
  data: Dataset,
  hasRows: (statement: Statement) => boolean,
): Statement {
  const random = new Random(seed)
  const make = (): Statement => {
    const builder = new FormBuilder(random, data)
    const form = FORMS[name]!(builder)
    const isPlainQuery = form.order === undefined && form.setup === undefined
    const spelling = random.chance(0.15) ? { spelling: random.int(1, 1_000_000) } : {}
    const statement = { answerable: true, features: [name], ...spelling, ...form }
    return isPlainQuery && random.chance(0.3) ? { ...statement, ...nestedIn(builder, form.tree) } : statement
  }
  let statement = make()
  for (let left = random.chance(0.2) ? 0 : TRIES; left > 0 && !hasRows(statement); left--) statement = make()
  return statement
}

/** The statement nested in another: as a derived table, a CTE, part of a set operation, a view or a session table. */
function nestedIn(builder: FormBuilder, tree: Node): FormStatement {
  const name = builder.name('w')
  const rows = fixed(`SELECT * FROM ${name}`)
  const after = (kind: string, create: string, createInSqlite: string): FormStatement => ({
    setup: {
      script: fixed(perDialect(create, createInSqlite), ` ${name} AS `, tree),
      creates: [[kind, name]],
    },
    tree: rows,
  })
  return builder.random.pick<() => FormStatement>([
    () => ({ tree: fixed('SELECT * FROM (', tree, `) AS ${name}`) }),
    () => ({ tree: fixed('SELECT count(*) FROM (', tree, ')') }),
    () => ({ tree: fixed('SELECT 1 WHERE EXISTS (', tree, ')') }),
    () => ({
      tree: fixed(`WITH ${name} AS (`, tree, `) SELECT * FROM ${name} UNION ALL SELECT * FROM ${name}`),
    }),
    () => after('VIEW', 'CREATE TEMP VIEW', 'CREATE VIEW'),
    () => after('TABLE', 'CREATE TABLE', 'CREATE TABLE'),
    () => after('MATERIALIZED VIEW', 'CREATE MATERIALIZED VIEW', 'CREATE TABLE'),
  ])()
}
