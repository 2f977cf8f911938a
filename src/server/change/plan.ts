import { quote } from '../../plan/splice.ts'
import { comparedType, columnOf, isOptionalInput, type Place } from '../scans/pushable.ts'
import { isWord } from '../sql/lexer.ts'
import type { Database } from '../run/database.ts'
import type { Statement } from '../run/statement.ts'
import { SqlError } from '../wire/errors.ts'
import type { Kind } from './parameters.ts'
import { readParts, type ChangeParts, type Part } from './parts.ts'
import { conjunctsOf, isRenamed, readPlain } from './plain.ts'
import { keysOf, keySelection, querySelection, type Selection } from './rows.ts'

/** How a change is carried out. */
export interface ChangePlan {
  readonly parts: ChangeParts
  /** What Postgres evaluates: the rows of an INSERT, or the keys of the rows to change. undefined: nothing. */
  readonly selection: Selection | undefined
  readonly keys: readonly Place[]
  /** Conditions that only the session can evaluate. */
  readonly own: readonly Part[]
}

/**
 * Decides which rows of a change Postgres selects: the same as a SELECT with the same WHERE. Conditions that mean the same in the
 * session are left to it.
 * @param kinds what the parameters can be compared with
 * @throws SqlError 0A000 for a condition that cannot be evaluated
 */
export function planChange(
  statement: Statement,
  kinds: readonly (Kind | undefined)[],
  database: Database,
): ChangePlan {
  const parts = readParts(statement, database)
  const { tokens } = statement
  const { set, where, query } = parts
  if (set && has(tokens, set, 'select'))
    throw new SqlError('0A000', 'a subquery in SET is not supported here', {
      hint: 'read the value by a SELECT, and give it as a constant',
    })
  if (query && has(tokens, query, 'from'))
    return { parts, selection: querySelection(statement, query), keys: [], own: [] }
  if (!where) return { parts, selection: undefined, keys: [], own: [] }
  return planRows(statement, kinds, parts, where)
}

const has = (tokens: Statement['tokens'], { from, to }: Part, word: string): boolean =>
  tokens.slice(from, to).some(t => isWord(t, word))

function planRows(
  statement: Statement,
  kinds: readonly (Kind | undefined)[],
  parts: ChangeParts,
  where: Part,
): ChangePlan {
  const { text, tokens } = statement
  const { relation, verb } = parts
  const conjuncts = conjunctsOf(tokens, where) ?? [where]
  const each = conjuncts.map(part => ({ part, plain: readPlain(text, tokens, part, parts, kinds) }))
  if (each.every(({ plain }) => plain?.isPlain))
    return { parts, selection: undefined, keys: [], own: [where] }
  if (!relation)
    throw new SqlError('0A000', 'the condition on a table that cannot be read must give its keys', {
      hint: 'write key = constant, or key IN (constants), joined by AND',
    })
  const isOwn = ({ plain }: (typeof each)[number]): boolean => {
    if (!plain?.isPlain) return false
    const column = columnOf(relation, plain.path[0]!)
    return !column || plain.path.length > 1 || column.kind === 'object'
  }
  const keys = keysOf(relation, verb)
  if (keys.length === 0 || !keys.every(key => isUsable(parts, key)))
    throw new SqlError(
      '0A000',
      `rows of ${relation.schema}.${relation.name} cannot be selected by this condition`,
      { hint: 'give their keys: key = constant, or key IN (constants), joined by AND' },
    )
  const selected = each.filter(e => !isOwn(e)).map(e => e.part)
  return {
    parts,
    selection: keySelection(statement, parts, keys, selected),
    keys,
    own: each.filter(isOwn).map(e => e.part),
  }
}

/** Whether the session compares a key as Postgres does. */
function isUsable({ relation, verb }: ChangeParts, key: Place): boolean {
  if (key.path.length > 0) return comparedType(relation!, key) === 'string'
  const kind = columnOf(relation!, key.column)?.kind ?? ''
  return ['string', 'integer', 'boolean'].includes(kind) && !isRenamed(relation!, verb, key.column)
}

/** The condition of the session for rows with these keys. @throws SqlError 0A000 for a row without a key */
export function keyCondition(
  { parts: { relation, alias }, keys }: ChangePlan,
  rows: readonly (readonly (string | null)[])[],
): string {
  // an optional input has no value unless the statement gives one
  const given = keys.flatMap((key, i) => {
    const isAbsent = isOptionalInput(relation!, key.column) && rows.every(row => row[i] === null)
    return isAbsent && rows.length > 0 ? [] : [i]
  })
  const missing = given.find(i => rows.some(row => row[i] === null))
  if (missing !== undefined)
    throw new SqlError(
      '0A000',
      `a row to be changed has no ${[keys[missing]!.column, ...keys[missing]!.path].join('.')}, which the request needs`,
      { hint: 'add IS NOT NULL to the condition' },
    )
  const names = given.map(i => [alias, keys[i]!.column, ...keys[i]!.path].map(quote).join('.'))
  const tuples = [...new Set(rows.map(row => given.map(i => row[i]).join(', ')))]
  const isOne = names.length === 1
  const left = isOne ? names[0]! : `(${names.join(', ')})`
  if (tuples.length === 0) return `${left} IN (SELECT ${names.map(() => 'NULL').join(', ')} WHERE 0)`
  return isOne
    ? `${left} IN (${tuples.join(', ')})`
    : `${left} IN (VALUES ${tuples.map(t => `(${t})`).join(', ')})`
}
