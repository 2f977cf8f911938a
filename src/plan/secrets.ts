import type { Shape } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isWord, isName, nameOf } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import { leaves, type FromNode, type JoinNode, type Range, type Source } from '../sql/query.ts'
import type { Binder } from './bind.ts'
import { coresOf, type BoundCore, type BoundQuery, type Chain } from './bound.ts'
import { comparisonOf, type Comparison } from './comparing.ts'
import type { PlanContext } from './context.ts'
import { Holdings, itemAt, secretIn, secretOfAll, type Piece } from './held.ts'
import { spanOf } from './names.ts'
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

const TOLD: Readonly<Record<Comparison, string>> = {
  condition: 'a condition on it',
  group: 'groups by it',
  order: 'an order by it',
  distinct: 'what is distinct by it',
  extreme: 'which is the least or greatest',
}

/**
 * Refuses what would compare secrets that are masked, or what is made of them, wherever a query, view or CTE hands them on:
 * conditions, joins, DISTINCT, GROUP BY, ORDER BY, windows, min and max, set operations. They would compare the mask, and
 * rows would be missing without a word. Whether there is a secret can be told.
 *
 * @param isChange the outermost DISTINCT is ours: it is over the keys of rows to change, and what is sent for them
 */
export function checkSecrets(
  binder: Binder,
  root: BoundQuery,
  context: PlanContext,
  isChange: boolean,
): void {
  if (context.showSecrets || !readsSecrets(binder, root)) return
  const checker = new Checker(binder)
  for (const core of coresOf(root)) checker.core(core, isChange && root.cores.includes(core))
  for (const query of new Set(coresOf(root).map(c => c.parent))) checker.tail(query)
}

/** Positions, from 0, of the result columns that hold masked secrets in a way that their shapes do not tell. */
export function maskedOutputs(
  binder: Binder,
  root: BoundQuery,
  count: number,
  shapes: readonly (Shape | undefined)[],
  context: PlanContext,
): readonly number[] {
  if (context.showSecrets || !readsSecrets(binder, root)) return []
  const holdings = new Holdings(binder)
  return Array.from({ length: count }, (_, i) => i).filter(
    i => secretIn(shapes[i], '') === undefined && secretOfAll(holdings.output(root, i)) !== undefined,
  )
}

/** Whether a secret can be in what is read at all: by its name, by a `*`, or by columns that a join merges. */
function readsSecrets(binder: Binder, root: BoundQuery): boolean {
  const isOpen = ({ core }: BoundCore): boolean =>
    core.items.some(i => i.star) || joinsOf(core.from).some(j => j.natural || j.using !== undefined)
  if (coresOf(root).some(isOpen)) return true
  for (const chain of binder.chains())
    if (secretOf(chain) !== undefined || secretIn(chain.shape, '') !== undefined) return true
  return false
}

function joinsOf(node: FromNode | undefined): JoinNode[] {
  return node?.kind === 'join' ? [...joinsOf(node.left), ...joinsOf(node.right), node] : []
}

class Checker {
  readonly #binder: Binder
  readonly #holdings: Holdings

  constructor(binder: Binder) {
    this.#binder = binder
    this.#holdings = new Holdings(binder)
  }

  core(bound: BoundCore, isOurs: boolean): void {
    const { core, parent } = bound
    const joins = joinsOf(core.from)
    for (const range of [core.where, core.having, ...joins.map(j => j.on)])
      if (range) this.#refuseAll(this.#holdings.pieces(bound, range), 'condition')
    const args = leaves(core.from).flatMap(l => (l.kind === 'function' ? [l.args] : []))
    for (const range of [
      ...core.items.map(i => i.expr),
      ...args,
      ...(core.window ? [core.window] : []),
      ...(core.kind === 'values' ? [core.range] : []),
    ])
      this.#compared(bound, range)
    for (const range of core.groupBy ? splitList(parent.query.source, core.groupBy) : [])
      this.#term(bound, range, 'group')
    if ((core.distinct || parent.query.setOps.some(op => op !== 'UNION ALL')) && !isOurs)
      this.#refuseAll(this.#holdings.outputPieces(bound), 'distinct')
    for (const join of joins) this.#merged(bound, join)
  }

  /** ORDER BY and LIMIT. */
  tail(query: BoundQuery): void {
    const { source, orderBy, limit } = query.query
    for (const range of orderBy ? splitList(source, orderBy) : []) {
      const names = { from: range.from, to: withoutOrder(source, range) }
      for (const core of query.cores) this.#term(core, names, 'order')
    }
    if (limit) this.#refuseAll(this.#holdings.pieces(query.cores[0]!, limit.range), 'condition')
  }

  /** A term of GROUP BY or ORDER BY: the number or the name of a result column, or an expression. */
  #term(core: BoundCore, range: Range, what: 'group' | 'order'): void {
    const { source } = core.parent.query
    const token = source.tokens[range.from]
    const isOne = range.to - range.from === 1
    const named =
      what === 'order' && isOne && isName(token)
        ? (core.parent.cores[0]!.outputs?.findIndex(o => o.name.toLowerCase() === nameOf(token).toLowerCase())
          ?? -1)
        : -1
    const index = isOne && token?.kind === 'number' ? Number(token.text) - 1 : named
    if (index < 0) return core.parent.cores[0] === core ? this.#compared(core, range, what) : undefined
    const secret = secretOfAll(this.#holdings.outputOf(core, index))
    if (secret === undefined) return
    const written = itemAt(core, index)
    const inside =
      named < 0 && written && !written.star ? this.#holdings.pieces(core, written.item.expr)[0] : undefined
    throw this.#refusal(secret, source, inside?.place ?? range, TOLD[what])
  }

  #compared(core: BoundCore, range: Range, otherwise?: Comparison): void {
    for (const piece of this.#holdings.pieces(core, range)) {
      const what = comparisonOf(core.parent.query.source, piece.at, range) ?? otherwise
      if (what) this.#refuseAll([piece], what)
    }
  }

  /** USING and NATURAL compare the columns that they merge. */
  #merged(core: BoundCore, join: JoinNode): void {
    for (const name of mergedNames(core, join)) {
      for (const item of core.items) {
        const secret = secretOfAll(this.#holdings.column(item, name))
        if (secret === undefined) continue
        const place = item.node.kind === 'table' ? item.node.name : core.core.range
        throw this.#refusal(
          secret,
          core.parent.query.source,
          place,
          `${join.natural ? 'NATURAL JOIN' : 'USING'}, which compares it,`,
        )
      }
    }
  }

  #refuseAll([first]: readonly Piece[], what: Comparison): void {
    if (first) throw this.#refusal(first.secret, first.source, first.place, TOLD[what])
  }

  #refusal(secret: string, source: Source, range: Range, what: string): ConfluentqlError {
    const site = this.#binder.refs.find(r => r.source === source)?.site
    return new ConfluentqlError(
      'UNSUPPORTED',
      `"${secret}" is a secret and masked, so ${what} cannot be told`,
      {
        span: site ? spanOf(site.source, site.name) : spanOf(source, range),
        hint: "--show-secrets reads it as it is; IS NULL and = '' need no more than this",
      },
    )
  }
}

/** The end of a term of ORDER BY without its COLLATE, ASC, DESC and NULLS. */
function withoutOrder({ tokens }: Source, { from, to }: Range): number {
  let end = to
  if (isWord(tokens[end - 1], 'FIRST', 'LAST') && isWord(tokens[end - 2], 'NULLS')) end -= 2
  if (isWord(tokens[end - 1], 'ASC', 'DESC')) end--
  if (isWord(tokens[end - 2], 'COLLATE')) end -= 2
  return Math.max(from, end)
}
