import type { Expressions } from './expressions.ts'
import type { Random } from './random.ts'
import {
  columnNode,
  isBinaryScalar,
  visibleColumns,
  type ScopeColumn,
  type Scope,
  type ColumnRef,
} from './scope.ts'
import { fixed, list, value, type Node } from './tree.ts'
import type { Domain } from './schema.ts'

/** A result column: its expression, and how outer queries see it. */
export interface Output {
  readonly node: Node
  readonly col: ScopeColumn
}

/** Generates aggregates and window functions. */
export class Aggregates {
  readonly #random: Random
  readonly #expressions: Expressions
  readonly #tag: (feature: string) => void

  constructor(random: Random, expressions: Expressions, tag: (feature: string) => void) {
    this.#random = random
    this.#expressions = expressions
    this.#tag = tag
  }

  /** A column of the domain, preferably from this scope rather than an outer one; otherwise a literal. */
  ofDomain(scope: Scope, domain: Domain | undefined): Output {
    const own = visibleColumns(scope).filter(
      u => isBinaryScalar(u) && (domain === undefined || u.col.of === domain),
    )
    const local = own.filter(u => scope.relations.includes(u.relation))
    const from = local.length > 0 ? local : own
    if (from.length > 0) {
      const ref = this.#random.pick(from)
      return { node: columnNode(ref, scope, this.#random), col: { name: '', path: [], of: ref.col.of } }
    }
    return {
      node: this.#expressions.literal(domain ?? 'word'),
      col: { name: '', path: [], of: domain ?? 'word' },
    }
  }

  aggregate(scope: Scope): Output {
    const r = this.#random
    this.#tag('aggregate')
    const scalars = visibleColumns(scope).filter(
      u => isBinaryScalar(u) && scope.relations.includes(u.relation),
    )
    const column = (wanted: (u: ColumnRef) => boolean = () => true): Node => {
      const some = scalars.filter(wanted)
      return some.length > 0 ? columnNode(r.pick(some), scope, r) : this.#expressions.literal('num')
    }
    const call = r.pick([
      () => value('count(*)'),
      () => value('count(', column(), ')'),
      () =>
        value(
          'sum(',
          column(u => u.col.of === 'num'),
          ')',
        ),
      () => value('max(', column(), ')'),
      () => value('min(', column(), ')'),
      () => value('count(DISTINCT ', column(), ')'),
      () =>
        value(
          'total(',
          column(u => u.col.of === 'num'),
          ')',
        ),
      () => this.#ordered(column()),
      () => this.#ordered(column()),
    ])()
    if (!r.chance(0.25)) return { node: call, col: { name: '', path: [], of: 'num' } }
    this.#tag('FILTER')
    return {
      node: value(call, ' FILTER (WHERE ', this.#expressions.predicate(scope, 1), ')'),
      col: { name: '', path: [], of: 'num' },
    }
  }

  /** An aggregate that depends on the order of its rows, with ORDER BY. */
  #ordered(column: Node): Node {
    const r = this.#random
    this.#tag('ordered aggregate')
    if (r.chance(0.4)) return value('json_group_array(', column, ' ORDER BY 1, ', column, ')')
    return value(r.pick(['group_concat(', 'string_agg(']), column, ", '|' ORDER BY ", column, ')')
  }

  /** A window function; `tail` is the WINDOW clause that it references, if any. */
  window(scope: Scope): Output & { readonly tail: Node } {
    const r = this.#random
    this.#tag('window')
    const column = (): Node => this.ofDomain(scope, undefined).node
    const partition = list(r.chance(0.7) ? [column()] : [], ', ', 0, 'PARTITION BY ')
    const order = fixed(' ORDER BY ', column(), r.pick(['', ' DESC']))
    const call = r.pick([
      () => value('rank()'),
      () => value('dense_rank()'),
      () => value('count(*)'),
      () => value('sum(', this.ofDomain(scope, 'num').node, ')'),
      () => value('max(', column(), ')'),
      () => value('min(', column(), ')'),
      () => value('count(*) FILTER (WHERE ', this.#expressions.predicate(scope, 1), ')'),
    ])()
    const col: ScopeColumn = { name: '', path: [], of: 'num' }
    if (r.chance(0.6)) return { node: value(call, ' OVER (', partition, order, ')'), col, tail: fixed('') }
    this.#tag('WINDOW clause')
    if (r.chance(0.5))
      return { node: value(call, ' OVER w'), col, tail: fixed(' WINDOW w AS (', partition, order, ')') }
    return {
      node: value(call, ' OVER (w', order, ')'),
      col,
      tail: fixed(' WINDOW w AS (', partition, '), v AS (w)'),
    }
  }
}
