import type { Statement } from '../queries.ts'
import { Random } from '../random.ts'
import { fixed, spelt, type Node } from '../tree.ts'
import type { Dataset } from '../world.ts'
import { antiJoin } from './antijoins.ts'
import { collation, quotedCall } from './calls.ts'
import { comparison } from './comparisons.ts'
import { Draft, type Made } from './draft.ts'
import { membership } from './memberships.ts'
import { script } from './scripts.ts'
import { aliasHere, aliasInside } from './aliases.ts'
import { cteNames, quotedNames } from './names.ts'

/** Forms of statements that need more than chance to have rows; each is counted by its name. */
export const FORMS: Readonly<Record<string, (d: Draft) => Made>> = {
  'anti-join': antiJoin,
  'IN name': membership,
  alias: aliasHere,
  'alias in a subquery': aliasInside,
  'quoted name': quotedNames,
  'name of a CTE': cteNames,
  'quoted call': quotedCall,
  collation,
  comparison,
  script,
}

/** How often a statement without rows is made anew. */
const TRIES = 8

/**
 * A statement of a form.
 * @param hasRows whether SQLite takes it, and finds rows
 */
export function makeForm(
  name: string,
  seed: number,
  data: Dataset,
  hasRows: (statement: Statement) => boolean,
): Statement {
  const random = new Random(seed)
  const make = (): Statement => {
    const draft = new Draft(random, data)
    const made = FORMS[name]!(draft)
    const isWhole = made.order === undefined && made.before === undefined
    const spelling = random.chance(0.15) ? { spelling: random.int(1, 1_000_000) } : {}
    const statement = { answerable: true, features: [name], ...spelling, ...made }
    return isWhole && random.chance(0.3) ? { ...statement, ...within(draft, made.tree) } : statement
  }
  let made = make()
  for (let left = random.chance(0.2) ? 0 : TRIES; left > 0 && !hasRows(made); left--) made = make()
  return made
}

/** The statement inside another: as a derived table, a CTE, a part of a set operation, a view or a table of the session. */
function within(d: Draft, tree: Node): Made {
  const name = d.name('w')
  const rows = fixed(`SELECT * FROM ${name}`)
  const after = (kind: string, create: string, plain: string): Made => ({
    before: { script: fixed(spelt(create, plain), ` ${name} AS `, tree), makes: [[kind, name]] },
    tree: rows,
  })
  return d.random.pick<() => Made>([
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
