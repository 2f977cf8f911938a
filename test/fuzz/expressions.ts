import type { Random } from './random.ts'
import { columnNode, impliedNode, usable, type Col, type Scope, type Use } from './scope.ts'
import { list, quoted, test, value, type Node } from './tree.ts'
import { DOMAINS, type Domain } from './world.ts'

/** Values of the variables that statements use. */
export const VARIABLES = { text: 'a', org: 'o1', number: 1n, nothing: null, user: 'u1', real: 1.5 } as const

/** Makes queries for the subqueries of expressions; given by queries.ts, which needs expressions in turn. */
export interface Subqueries {
  /** `SELECT …` with one column, of the domain if it can be. */
  column(scope: Scope, domain: Domain | undefined, depth: number): Node
  /** `SELECT …` with one column and at most one row. */
  scalar(scope: Scope, depth: number): Node
  /** `SELECT …` with columns of these domains. */
  tuple(scope: Scope, domains: readonly (Domain | undefined)[], depth: number): Node
  /** `SELECT …`, of which only whether it has rows matters. */
  any(scope: Scope, depth: number): Node
}

const isScalar = ({ col }: Use): boolean => typeof col.of === 'string'
const domainOf = (col: Col): Domain => (typeof col.of === 'string' ? col.of : 'word')
const COMPARE: readonly (readonly [number, string])[] = [
  [10, '='],
  [1, '=='],
  [2, '<>'],
  [1, '!='],
  [1, '<'],
  [1, '<='],
  [1, '>'],
  [1, '>='],
]

/** Makes expressions over the columns in scope. */
export class Expressions {
  readonly #random: Random
  readonly #sub: Subqueries
  readonly #tag: (feature: string) => void

  constructor(random: Random, sub: Subqueries, tag: (feature: string) => void) {
    this.#random = random
    this.#sub = sub
    this.#tag = tag
  }

  /** A day or a time, sometimes only the beginning of one, or more than one. */
  time(domain: 'day' | 'time'): Node {
    const r = this.#random
    const known = String(r.pick(DOMAINS[domain]))
    if (r.chance(0.03)) return value('NULL')
    return value(
      quoted(
        r.weighted([
          [10, known],
          [1, known.slice(0, 7)],
          [1, known.slice(0, 4)],
          [1, known.slice(0, 10)],
          [1, `${known.slice(0, 10)}T11`],
          [1, `${known.slice(0, 10)}T12:00:00.5Z`],
        ]),
      ),
    )
  }

  literal(domain: Domain): Node {
    const r = this.#random
    if (domain === 'day') return this.time(domain)
    const known = r.pick(DOMAINS[r.chance(0.93) ? domain : r.pick(['org', 'word', 'num', 'kind'] as const)])
    if (r.chance(0.04)) return value('NULL')
    if (typeof known === 'boolean')
      return value(r.pick(known ? ['1', 'TRUE', '1', "'1'"] : ['0', 'FALSE', '0', "'0'"]))
    if (typeof known === 'number')
      return value(
        r.weighted([
          [8, String(known)],
          [3, `'${known}'`],
          [1, `${known}.0`],
          [1, `'${known}.0'`],
          [2, `'0${known}'`],
        ]),
      )
    if (/^\d+$/.test(known) && r.chance(0.3)) return value(String(Number(known)))
    return r.chance(0.03) ? value(quoted(`${known} `)) : value(quoted(known))
  }

  column(scope: Scope, wanted: (use: Use) => boolean = isScalar): Node | undefined {
    const uses = usable(scope).filter(wanted)
    return uses.length === 0 ? undefined : columnNode(this.#random.pick(uses), scope, this.#random)
  }

  /** Any expression; `soft` columns (those that compare without regard to case) stay out of it. */
  value(scope: Scope, depth: number): Node {
    const r = this.#random
    const plain = (): Node => this.column(scope, u => isScalar(u) && !u.col.soft) ?? this.literal('num')
    if (depth <= 0 || r.chance(0.5))
      return r.chance(0.85) ? plain() : this.literal(r.pick(['word', 'num', 'kind'] as const))
    const inner = (): Node => this.value(scope, depth - 1)
    switch (r.int(0, 11)) {
      case 0:
        return value('coalesce(', inner(), ', ', inner(), ')')
      case 1:
        return value('(', inner(), ' || ', inner(), ')')
      case 2:
        return value(
          '(',
          this.column(scope, u => u.col.of === 'num') ?? inner(),
          r.pick([' + ', ' * ', ' - ']),
          '1)',
        )
      case 3:
        return value(
          r.pick(['lower', 'upper', 'length', 'typeof', 'trim', 'hex', 'quote']),
          '(',
          inner(),
          ')',
        )
      case 4:
        return value('CASE WHEN ', this.test(scope, depth - 1), ' THEN ', inner(), ' ELSE ', inner(), ' END')
      case 5:
        return value('CASE ', inner(), ' WHEN ', inner(), ' THEN ', inner(), ' END')
      case 6:
        return value(':', r.pick(['text', 'org', 'number', 'nothing', 'user'] as const))
      case 7:
        return value('nullif(', inner(), ', ', inner(), ')')
      case 8:
        return value('CAST(', inner(), ' AS ', r.pick(['TEXT', 'INTEGER']), ')')
      case 9:
        this.#tag('scalar subquery')
        return value('(', this.#sub.scalar(scope, depth - 1), ')')
      case 10:
        return value('(', this.test(scope, depth - 1), ')')
      default:
        return value('iif(', this.test(scope, depth - 1), ', ', inner(), ', ', inner(), ')')
    }
  }

  /** A condition that may hold. */
  test(scope: Scope, depth: number): Node {
    const r = this.#random
    if (depth > 0 && r.chance(0.3)) return this.#compound(scope, depth)
    const uses = usable(scope).filter(isScalar)
    if (uses.length === 0) return this.#constant()
    const use = r.pick(uses)
    return r.weighted<() => Node>([
      [10, () => this.compare(use, scope)],
      [4, () => this.#implied(scope) ?? this.compare(use, scope)],
      [5, () => this.#in(use, scope)],
      [2, () => this.#null(use, scope)],
      [2, () => this.#like(use, scope)],
      [
        2,
        () =>
          test(
            columnNode(use, scope, r),
            r.pick([' BETWEEN ', ' NOT BETWEEN ']),
            this.literal(domainOf(use.col)),
            ' AND ',
            this.literal(domainOf(use.col)),
          ),
      ],
      [2, () => this.#between(use, scope)],
      [1, () => this.#collate(use, scope)],
      [1, () => this.#row(scope, depth)],
      [1, () => this.#constant()],
      [depth > 0 ? 3 : 0, () => this.#inQuery(use, scope, depth)],
      [depth > 0 ? 4 : 0, () => this.#exists(scope, depth)],
      [
        depth > 0 ? 3 : 0,
        () => test(this.value(scope, depth - 1), ' ', r.weighted(COMPARE), ' ', this.value(scope, depth - 1)),
      ],
      [
        depth > 0 ? 1.5 : 0,
        () =>
          test(
            '(',
            this.#sub.scalar(scope, depth - 1),
            ') ',
            r.weighted(COMPARE),
            ' ',
            r.chance(0.5) ? value(String(r.int(0, 2))) : columnNode(use, scope, r),
          ),
      ],
      [1, () => test(columnNode(use, scope, r), r.pick([' IS TRUE', ' IS NOT TRUE', ' IS FALSE', '']))],
    ])()
  }

  /** A column compared with a literal, a variable, or an expression of constants. */
  compare(use: Use, scope: Scope): Node {
    const r = this.#random
    const column = columnNode(use, scope, r)
    const literal = this.literal(domainOf(use.col))
    const other = r.weighted<Node>([
      [12, literal],
      [1, value(':', r.pick(['text', 'org', 'number', 'user', 'real', 'nothing'] as const))],
      [1, value('(', literal, ')')],
      [1, value('lower(', literal, ')')],
      [1, value(literal, " || ''")],
      [1, value('+', literal)],
    ])
    const op = ` ${r.weighted(COMPARE)} `
    return r.chance(0.75) ? test(column, op, other) : test(other, op, column)
  }

  /** Two columns, mostly of one domain, equal. */
  equal(left: Use, right: Use, scope: Scope): Node {
    const r = this.#random
    const [a, b] = r.chance(0.5) ? [left, right] : [right, left]
    return test(columnNode(a, scope, r), r.chance(0.93) ? ' = ' : ' IS ', columnNode(b, scope, r))
  }

  #implied(scope: Scope): Node | undefined {
    const r = this.#random
    const uses = usable(scope).filter(u => u.col.implied)
    if (uses.length === 0) return undefined
    this.#tag('object compared with a scalar')
    const object = impliedNode(r.pick(uses), scope, r)
    const literal = (): Node => this.literal('user')
    switch (r.int(0, 5)) {
      case 0:
        return test(
          object,
          r.pick([' IN (', ' NOT IN (']),
          list([literal(), literal(), literal()], ', '),
          ')',
        )
      case 1:
        return test(literal(), ' = ', object)
      case 2:
        return test(object, r.pick([' <> ', ' < ', ' LIKE ']), literal())
      // never NULL: whether there is an object is asked of the object itself
      case 5:
        return test(object, r.pick([' IS ', ' IS NOT ']), value(quoted(r.pick(DOMAINS.user) as string)))
      case 3:
        return test(
          object,
          ' = ',
          this.column(scope, u => u.col.of === 'user' && !u.col.implied) ?? literal(),
        )
      default:
        return test(object, ' = ', literal())
    }
  }

  #in(use: Use, scope: Scope): Node {
    const r = this.#random
    this.#tag('IN list')
    const items = Array.from(
      {
        length: r.weighted([
          [8, 2],
          [3, 1],
          [6, 3],
          [1, 0],
          [1, 12],
        ]),
      },
      () => this.literal(domainOf(use.col)),
    )
    if (r.chance(0.1)) items.push(value(r.pick(['NULL', ':org', ':number', ':nothing', ':real'])))
    if (r.chance(0.05)) items.push(this.column(scope) ?? this.literal('num'))
    return test(columnNode(use, scope, r), r.chance(0.8) ? ' IN (' : ' NOT IN (', list(items, ', ', 0), ')')
  }

  #null(use: Use, scope: Scope): Node {
    const column = columnNode(use, scope, this.#random)
    const other = this.column(scope) ?? this.literal('word')
    return this.#random.pick([
      test(column, ' IS NULL'),
      test(column, ' IS NOT NULL'),
      test(column, ' ISNULL'),
      test(column, ' NOTNULL'),
      test(column, ' NOT NULL'),
      test(column, ' IS ', this.literal(domainOf(use.col))),
      test(column, ' IS NOT ', this.literal(domainOf(use.col))),
      test(column, ' IS NOT DISTINCT FROM ', other),
      test(column, ' IS DISTINCT FROM ', other),
      test(column, ' = NULL'),
    ])
  }

  #like(use: Use, scope: Scope): Node {
    const r = this.#random
    const pattern = quoted(r.pick(['a%', '%1', 'A', 'o1', 'O_', '%', 'u_', 'r1', 'p%', '100!%']))
    return test(columnNode(use, scope, r), r.pick([' LIKE ', ' NOT LIKE ', ' GLOB ']), pattern)
  }

  #between(use: Use, scope: Scope): Node {
    const r = this.#random
    const column = columnNode(use, scope, r)
    const other =
      this.column(scope, u => isScalar(u) && u.col.of === use.col.of && u !== use)
      ?? this.literal(domainOf(use.col))
    if (r.chance(0.25)) {
      this.#tag('chained equality')
      return test(
        column,
        ' = ',
        other,
        ' = ',
        r.pick([value('1'), value('0'), this.literal(domainOf(use.col))]),
      )
    }
    return test(column, ` ${r.weighted(COMPARE)} `, other)
  }

  #collate(use: Use, scope: Scope): Node {
    const r = this.#random
    this.#tag('COLLATE in a comparison')
    const column = columnNode(use, scope, r)
    const literal = this.literal(domainOf(use.col))
    return r.pick([
      test(column, ' = ', literal, ' COLLATE NOCASE'),
      test(column, ' COLLATE NOCASE = ', literal),
      test('(', column, ' COLLATE NOCASE) = ', literal),
      test(column, ' COLLATE NOCASE IN (', list([literal, this.literal(domainOf(use.col))], ', '), ')'),
      test(literal, ' COLLATE NOCASE = ', column),
      test(column, ' = (', literal, ' COLLATE NOCASE)'),
      test(column, ' COLLATE RTRIM = ', literal),
      test(literal, ' = ', column, ' COLLATE NOCASE'),
    ])
  }

  #row(scope: Scope, depth: number): Node {
    const r = this.#random
    const uses = usable(scope).filter(isScalar)
    const [a, b] = [r.pick(uses), r.pick(uses)]
    this.#tag('row value')
    const left = test('(', columnNode(a, scope, r), ', ', columnNode(b, scope, r), ')')
    const pair = (): Node =>
      value('(', this.literal(domainOf(a.col)), ', ', this.literal(domainOf(b.col)), ')')
    switch (r.int(0, depth > 0 ? 4 : 3)) {
      case 0:
        return test(left, r.pick([' = ', ' <> ', ' < ', ' IS ']), pair())
      case 1:
        return test(left, ' IN (VALUES ', list([pair(), pair(), pair()], ', '), ')')
      case 2:
        return test(pair(), ' = ', left)
      case 3:
        return test(
          left,
          r.pick([' = ', ' IS ']),
          '(',
          columnNode(r.pick(uses), scope, r),
          ', ',
          columnNode(r.pick(uses), scope, r),
          ')',
        )
      default:
        return test(left, ' IN (', this.#sub.tuple(scope, [domainOf(a.col), domainOf(b.col)], depth - 1), ')')
    }
  }

  #constant(): Node {
    this.#tag('constant predicate')
    return test(
      this.#random.pick([
        'TRUE',
        'FALSE',
        'NULL',
        '1',
        '0',
        "'1'",
        "''",
        "'a'",
        '1 = 1',
        '1 = 2',
        'NOT NULL',
        "'a' = 'A' COLLATE NOCASE",
        ':nothing',
        ':number = 1',
        '0.5',
        "'0.5'",
      ]),
    )
  }

  #inQuery(use: Use, scope: Scope, depth: number): Node {
    const r = this.#random
    this.#tag('IN subquery')
    return test(
      columnNode(use, scope, r),
      r.chance(0.75) ? ' IN (' : ' NOT IN (',
      this.#sub.column(scope, domainOf(use.col), depth - 1),
      ')',
    )
  }

  #exists(scope: Scope, depth: number): Node {
    this.#tag('EXISTS')
    return test(this.#random.chance(0.65) ? 'EXISTS (' : 'NOT EXISTS (', this.#sub.any(scope, depth - 1), ')')
  }

  #compound(scope: Scope, depth: number): Node {
    const r = this.#random
    const inner = (): Node => this.test(scope, depth - 1)
    switch (r.int(0, 7)) {
      case 0:
        return test('NOT ', inner())
      case 1:
        return test('NOT (', inner(), r.pick([' AND ', ' OR ']), inner(), ')')
      case 2:
        return test(inner(), ' OR ', inner(), ' AND ', inner())
      case 3:
        return test('(', inner(), ' OR ', inner(), ') AND ', inner())
      case 4:
        return test('((', inner(), ' AND ', inner(), ')) OR (', inner(), ')')
      case 5:
        return test('(', inner(), ' AND ', inner(), ')')
      case 6:
        return test('CASE WHEN ', inner(), ' THEN ', inner(), ' ELSE ', inner(), ' END')
      default:
        return test('(', list([inner(), inner(), inner()], ' OR '), ')')
    }
  }
}
