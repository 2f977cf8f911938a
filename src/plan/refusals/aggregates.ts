import { ConfluentqlError } from '../../errors.ts'
import { someNode, type Call, type Expression } from '../../sql/expression.ts'
import { isCombining } from '../../sql/properties.ts'
import { isOp } from '../../sql/lexer.ts'
import { closingBracket } from '../../sql/nearby.ts'
import type { Core, Range } from '../../sql/query.ts'
import { coresOf } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { spanOf } from '../names.ts'
import type { Refused } from './refused.ts'
import { ownNodes } from '../binding/traverse.ts'

/** An aggregate where none can stand. */
interface Misplaced {
  readonly where: 'WHERE' | 'ON' | 'GROUP BY' | 'another aggregate'
  readonly core: Core
  /** The condition, term or outer aggregate that it is in. */
  readonly whole: Expression
  /** The call, or the name of a result column that is one. */
  readonly node: Expression
}

/** The error for an aggregate where SQLite takes none. @param name of the function; undefined for any */
export function misplacedAggregate(r: Refused, name?: string): ConfluentqlError | undefined {
  const wanted = name?.toLowerCase()
  for (const { core, parent } of coresOf(r.root)) {
    if (parent.query.source !== r.source) continue
    const found = misplacedIn(r, core).find(m => wanted === undefined || nameOf(m.node, core) === wanted)
    if (found) return errorFor(r, found)
  }
  return undefined
}

function misplacedIn(r: Refused, core: Core): Misplaced[] {
  const functions = r.context.validator.functions()
  const isAggregate = (e: Expression): boolean =>
    e.kind === 'call' && e.over === undefined && isCombining(e, functions)
  const aliases = new Set(
    core.items
      .filter(i => someNode(i.expr, isAggregate))
      .flatMap(i => (i.alias === undefined ? [] : [i.alias.toLowerCase()])),
  )
  const isAlias = (e: Expression): boolean =>
    e.kind === 'column' && e.parts.length === 1 && aliases.has(e.parts[0]!.toLowerCase())
  const below = (where: Misplaced['where'], whole: Expression): Misplaced[] =>
    ownNodes(whole)
      .filter(e => isAggregate(e) || isAlias(e))
      .map(node => ({ where, core, whole, node }))
  const all = [...core.items.map(i => i.expr), ...(core.having ? [core.having] : [])]
  const nested = all
    .flatMap(e => ownNodes(e))
    .filter((e): e is Call => isAggregate(e))
    .flatMap(outer =>
      [...outer.args, ...(outer.filter ? [outer.filter] : [])]
        .flatMap(e => below('another aggregate', e))
        .map(m => ({ ...m, whole: outer })),
    )
  return [
    ...(core.where ? below('WHERE', core.where) : []),
    ...joinsOf(core.from).flatMap(j => (j.on ? below('ON', j.on) : [])),
    ...(core.groupBy ?? []).flatMap(e => below('GROUP BY', e)),
    ...nested,
  ]
}

/** The name of the aggregate that a node is, or stands for. */
function nameOf(node: Expression, { items }: Core): string | undefined {
  if (node.kind === 'call') return node.name
  if (node.kind !== 'column') return undefined
  const item = items.find(i => i.alias?.toLowerCase() === node.parts[0]!.toLowerCase())
  return item && ownNodes(item.expr).find(e => e.kind === 'call')?.name
}

/** The tokens of an expression, without brackets around it. */
function bareRange({ source, range: { from, to } }: Expression): Range {
  const isBracketed = (): boolean =>
    isOp(source.tokens[from], '(') && closingBracket(source.tokens, from) === to - 1
  while (isBracketed()) [from, to] = [from + 1, to - 1]
  return { from, to }
}

function errorFor(r: Refused, { where, core, whole, node }: Misplaced): ConfluentqlError {
  const text = (e: Expression): string => r.binder.splices.original(e.source, bareRange(e))
  const isAlias = node.kind === 'column'
  return new ConfluentqlError(
    'SYNTAX',
    `${isAlias ? `${text(node)} is an aggregate, which` : `the aggregate ${text(node)}`} cannot stand in ${where}`,
    { span: spanOf(node.source, bareRange(node)), hint: hintFor(r, where, core, whole, node, text) },
  )
}

function hintFor(
  r: Refused,
  where: Misplaced['where'],
  core: Core,
  whole: Expression,
  node: Expression,
  text: (e: Expression) => string,
): string {
  if (where === 'another aggregate')
    return 'compute the inner one in a subquery: SELECT … FROM (SELECT … AS x FROM … GROUP BY …)'
  if (where === 'GROUP BY') return 'leave it out: GROUP BY takes the columns that are not aggregates'
  if (where === 'ON') return 'compute it in a subquery, and join that: JOIN (SELECT … GROUP BY …) x ON …'
  const conjuncts = whole.kind === 'and' ? whole.operands : [whole]
  const condition = conjuncts.find(c => ownNodes(c).includes(node)) ?? whole
  const functions = r.context.validator.functions()
  const isGrouped =
    core.groupBy !== undefined || core.items.some(i => someNode(i.expr, e => isCombining(e, functions)))
  const groups = core.items.some(i => i.star) ? '…' : core.items.map((_, i) => i + 1).join(', ')
  const instead = conjuncts.length === 1 ? ' instead of WHERE' : ''
  return `write ${isGrouped ? '' : `GROUP BY ${groups} `}HAVING ${text(condition)}${core.groupBy ? ' after GROUP BY' : instead}`
}
