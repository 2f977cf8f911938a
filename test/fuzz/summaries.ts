import type { Expressions } from './expressions.ts'
import type { Random } from './random.ts'
import { columnNode, isPlain, usable, type Col, type Scope, type Use } from './scope.ts'
import { fixed, list, value, type Node } from './tree.ts'
import type { Domain } from './world.ts'

/** A result column: its expression, and what it is to who reads it. */
export interface Output {
  readonly node: Node
  readonly col: Col
}

/** Makes aggregates and window functions. */
export class Summaries {
  readonly #random: Random
  readonly #expressions: Expressions
  readonly #tag: (feature: string) => void

  constructor(random: Random, expressions: Expressions, tag: (feature: string) => void) {
    this.#random = random
    this.#expressions = expressions
    this.#tag = tag
  }

  /** A column in scope of a domain, its own rather than one around it; a literal where there is none. */
  ofDomain(scope: Scope, domain: Domain | undefined): Output {
    const own = usable(scope).filter(u => isPlain(u) && (domain === undefined || u.col.of === domain))
    const near = own.filter(u => scope.items.includes(u.item))
    const from = near.length > 0 ? near : own
    if (from.length > 0) {
      const use = this.#random.pick(from)
      return { node: columnNode(use, scope, this.#random), col: { name: '', path: [], of: use.col.of } }
    }
    return {
      node: this.#expressions.literal(domain ?? 'word'),
      col: { name: '', path: [], of: domain ?? 'word' },
    }
  }

  aggregate(scope: Scope): Output {
    const r = this.#random
    this.#tag('aggregate')
    const plain = usable(scope).filter(u => isPlain(u) && scope.items.includes(u.item))
    const column = (wanted: (u: Use) => boolean = () => true): Node => {
      const some = plain.filter(wanted)
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
      node: value(call, ' FILTER (WHERE ', this.#expressions.test(scope, 1), ')'),
      col: { name: '', path: [], of: 'num' },
    }
  }

  /** An aggregate whose result depends on the order of its rows, which is given. */
  #ordered(column: Node): Node {
    const r = this.#random
    this.#tag('ordered aggregate')
    if (r.chance(0.4)) return value('json_group_array(', column, ' ORDER BY 1, ', column, ')')
    return value(r.pick(['group_concat(', 'string_agg(']), column, ", '|' ORDER BY ", column, ')')
  }

  /** A window function; `tail` is the WINDOW clause that it names, if it does. */
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
      () => value('count(*) FILTER (WHERE ', this.#expressions.test(scope, 1), ')'),
    ])()
    const col: Col = { name: '', path: [], of: 'num' }
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
