import type { Shape } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isName, isOp, isWord, nameOf } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { FromNode, JoinNode, Range, SelectItem, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'
import { columnChain } from './affinity.ts'
import type { Binder } from './bind.ts'
import { coresOf, type BoundCore, type BoundQuery, type Chain } from './bound.ts'
import { isCompared } from './chains.ts'
import type { PlanContext } from './context.ts'
import { spanOf } from './names.ts'
import { expandStar } from './outputs.ts'
import { mergedNames } from './scope.ts'

/** Dotted path of the secret that a column is, or is a part of. */
export function secretOf({ item, column, path }: Chain): string | undefined {
  const names = [column, ...path]
  let shape: Shape | undefined = item.columns?.find(c => c.name === column)?.shape
  for (let depth = 1; shape; depth++) {
    if (shape.secret) return names.slice(0, depth).join('.')
    shape = depth < names.length ? shape.fields?.[names[depth]!] : undefined
  }
  return undefined
}

/** Dotted path, from `path` on, of the first secret that is a shape or in it. */
function secretIn(shape: Shape | undefined, path: string): string | undefined {
  if (!shape) return undefined
  if (shape.secret) return path
  for (const [name, field] of Object.entries(shape.fields ?? {})) {
    const found = secretIn(field, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return secretIn(shape.items, `${path}[]`)
}

/** Functions that tell of an object or array nothing that a mask changes. */
const BLIND = ['JSON_ARRAY_LENGTH', 'JSON_TYPE', 'JSON_VALID', 'TYPEOF', 'COUNT']

/** The secret that a column is, is a part of, or holds, unless what is read of it is something else. */
function secretRead(chain: Chain, source: Source): string | undefined {
  const whole = secretOf(chain)
  if (whole !== undefined) return whole
  const { tokens } = source
  const { from, to } = chain.range
  let found = chain.implied.length > 0 ? undefined : { shape: chain.shape as Shape | undefined, path: [chain.column, ...chain.path].join('.') }
  for (let at = to; found && isOp(tokens[at], '->', '->>') && tokens[at + 1]?.kind === 'string'; at += 2) found = below(found, tokens[at + 1]!.value)
  const called = isOp(tokens[from - 1], '(') ? tokens[from - 2] : undefined
  if (isWord(called, ...BLIND)) return undefined
  if (found && isWord(called, 'JSON_EXTRACT', 'JSONB_EXTRACT') && isOp(tokens[to], ',') && tokens[to + 1]?.kind === 'string' && isOp(tokens[to + 2], ')')) found = below(found, tokens[to + 1]!.value)
  return found && secretIn(found.shape, found.path)
}

/** What a JSON path, or the name of a field, leads to. */
function below({ shape, path }: { shape: Shape | undefined; path: string }, text: string): { shape: Shape | undefined; path: string } {
  const steps = text.startsWith('$') ? [...text.matchAll(/\.(?:"([^"]*)"|([^.["]+))|(\[)[^\]]*\]/g)].map(m => (m[3] ? '[]' : (m[1] ?? m[2]!))) : [text]
  let at = { shape, path }
  for (const step of steps) {
    if (at.shape?.secret) return at
    at = step === '[]' ? { shape: at.shape?.items, path: `${at.path}[]` } : { shape: at.shape?.fields?.[step], path: `${at.path}.${step}` }
  }
  return at
}

/**
 * Refuses what would compare secrets that are masked: conditions, joins, DISTINCT, GROUP BY and set operations. They
 * would compare the mask, and rows would be missing without a word. Whether there is a secret can be told.
 *
 * @param isChange the outermost DISTINCT is ours: it is over the keys of rows to change, and what is sent for them
 */
export function checkSecrets(binder: Binder, root: BoundQuery, { showSecrets }: PlanContext, isChange: boolean): void {
  if (showSecrets) return
  for (const core of coresOf(root)) {
    const { source } = core.parent.query
    const check = (range: Range | undefined, what: string, test: (c: Chain) => boolean = () => true): void => {
      for (const chain of range ? binder.chainsIn(source, range) : []) if (test(chain)) refuse(chain, source, what)
    }
    for (const range of [core.core.where, core.core.having, ...joinsOf(core.core.from).map(j => j.on)]) check(range, CONDITION)
    check(core.core.range, CONDITION, c => isCompared(source, c.range) || isWord(source.tokens[c.range.from - 1], 'CASE'))
    check(core.core.range, DISTINCT, c => isWord(source.tokens[c.range.from - 1], 'DISTINCT') && isOp(source.tokens[c.range.from - 2], '('))
    for (const range of [...partitions(source, core.core.range), ...groups(core, source)]) check(range, GROUP)
    const { query } = core.parent
    if ((core.core.distinct || query.setOps.some(op => op !== 'UNION ALL')) && !(isChange && root.cores.includes(core))) core.core.items.forEach(i => { checkItem(core, i, source, check) })
    joinsOf(core.core.from).forEach(j => { checkMerged(core, j, source) })
  }
}

const CONDITION = 'a condition on it cannot be told'
const DISTINCT = 'what is distinct by it cannot be told'
const GROUP = 'groups by it cannot be told'

function joinsOf(node: FromNode | undefined): JoinNode[] {
  return node?.kind === 'join' ? [...joinsOf(node.left), ...joinsOf(node.right), node] : []
}

function checkItem(core: BoundCore, item: SelectItem, source: Source, check: (range: Range, what: string) => void): void {
  if (!item.star) {
    check(item.expr, DISTINCT)
    return
  }
  for (const { shape, name } of expandStar(core, item.star.qualifier) ?? []) {
    const secret = secretIn(shape, name)
    if (secret !== undefined) throw refusal(secret, source, item.expr, DISTINCT)
  }
}

/** USING and NATURAL compare the columns that they merge. */
function checkMerged(core: BoundCore, join: JoinNode, source: Source): void {
  for (const name of mergedNames(core, join)) {
    for (const item of core.items) {
      const column = item.columns?.find(c => c.name.toLowerCase() === name)
      const secret = column && (secretOf(columnChain(item, column)) ?? secretIn(column.shape, column.name))
      if (secret === undefined) continue
      const place = item.node.kind === 'table' ? item.node.name : core.core.range
      throw refusal(secret, source, place, join.natural ? 'NATURAL JOIN, which compares it, cannot be told' : 'USING, which compares it, cannot be told')
    }
  }
}

/** The expressions of PARTITION BY. */
function partitions({ tokens }: Source, range: Range): Range[] {
  const found: Range[] = []
  for (let i = range.from; i < range.to; i++) {
    if (!isWord(tokens[i], 'PARTITION') || !isWord(tokens[i + 1], 'BY')) continue
    let to = i + 2
    while (to < range.to && !isOp(tokens[to], ')') && !isWord(tokens[to], 'ORDER', 'ROWS', 'RANGE', 'GROUPS')) {
      to = isOp(tokens[to], '(') ? afterParen({ text: '', tokens }, to, range.to) : to + 1
    }
    found.push({ from: i + 2, to })
  }
  return found
}

/** The expressions of GROUP BY, those that it names by number or alias too. */
function groups({ core }: BoundCore, source: Source): Range[] {
  return (core.groupBy ? splitList(source, core.groupBy) : []).flatMap(range => {
    const token = source.tokens[range.from]!
    if (range.to - range.from !== 1) return [range]
    const item = token.kind === 'number' ? core.items[Number(token.text) - 1] : isName(token) ? core.items.find(i => i.alias?.toLowerCase() === nameOf(token).toLowerCase()) : undefined
    return [range, ...(item && !item.star ? [item.expr] : [])]
  })
}

function refuse(chain: Chain, source: Source, what: string): void {
  const secret = secretRead(chain, source)
  if (secret === undefined || asksWhether(source, chain.range.to)) return
  throw refusal(secret, source, chain.range, what)
}

function refusal(secret: string, source: Source, range: Range, what: string): ConfluentqlError {
  return new ConfluentqlError('UNSUPPORTED', `"${secret}" is a secret and masked, so ${what}`, {
    span: spanOf(source, range), hint: "--show-secrets reads it as it is; IS NULL and = '' need no more than this",
  })
}

/** Whether what follows asks only if there is something: IS NULL, = '', and their opposites. */
function asksWhether({ tokens }: Source, from: number): boolean {
  let at = from
  while (isOp(tokens[at], '->', '->>') && tokens[at + 1]?.kind === 'string') at += 2
  const [first, second, third] = tokens.slice(at, at + 3)
  if (isWord(first, 'ISNULL', 'NOTNULL') || (isWord(first, 'NOT') && isWord(second, 'NULL'))) return true
  if (isWord(first, 'IS')) return isWord(second, 'NULL') || (isWord(second, 'NOT') && isWord(third, 'NULL'))
  return isOp(first, '=', '==', '<>', '!=') && second?.kind === 'string' && second.value === ''
}
