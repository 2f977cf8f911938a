import type { Random } from './random.ts'
import {
  columnNode,
  impliedNode,
  visibleColumns,
  type ScopeColumn,
  type Scope,
  type ColumnRef,
} from './scope.ts'
import { list, quoted, predicate, value, type Node } from './tree.ts'
import { DOMAINS, type Domain } from './schema.ts'

/** Values of the variables that statements use. */
export const VARIABLES = { text: 'a', org: 'o1', number: 1n, nothing: null, user: 'u1', real: 1.5 } as const

/** Generates subqueries for expressions. queries.ts implements it, because subqueries contain expressions in turn. */
export interface Subqueries {
  /** `SELECT …` with one column, of the domain if possible. */
  column(scope: Scope, domain: Domain | undefined, depth: number): Node
  /** `SELECT …` with one column and at most one row. */
  scalar(scope: Scope, depth: number): Node
  /** `SELECT …` with columns of these domains. */
  tuple(scope: Scope, domains: readonly (Domain | undefined)[], depth: number): Node
  /** `SELECT …` for EXISTS. */
  any(scope: Scope, depth: number): Node
}

const isScalar = ({ col }: ColumnRef): boolean => typeof col.of === 'string'
const domainOf = (col: ScopeColumn): Domain => (typeof col.of === 'string' ? col.of : 'word')
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

/** Generates expressions over the columns in scope. */
export class Expressions {
  readonly #random: Random
  readonly #sub: Subqueries
  readonly #tag: (feature: string) => void

  constructor(random: Random, sub: Subqueries, tag: (feature: string) => void) {
    this.#random = random
    this.#sub = sub
    this.#tag = tag
  }

  /** A day or timestamp as text, sometimes truncated or with a different precision; SQLite has fractions in another order (instants.test.ts). */
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
          [1, `${known.slice(0, 10)}T12:00:0${domain === 'day' ? '0.5' : '1'}Z`],
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

  column(scope: Scope, wanted: (ref: ColumnRef) => boolean = isScalar): Node | undefined {
    const refs = visibleColumns(scope).filter(wanted)
    return refs.length === 0 ? undefined : columnNode(this.#random.pick(refs), scope, this.#random)
  }

  /** Any expression, without columns that have the collation NOCASE. */
  value(scope: Scope, depth: number): Node {
    const r = this.#random
    const caseSensitiveColumn = (): Node =>
      this.column(scope, u => isScalar(u) && !u.col.nocase) ?? this.literal('num')
    if (depth <= 0 || r.chance(0.5))
      return r.chance(0.85) ? caseSensitiveColumn() : this.literal(r.pick(['word', 'num', 'kind'] as const))
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
        return value(
          'CASE WHEN ',
          this.predicate(scope, depth - 1),
          ' THEN ',
          inner(),
          ' ELSE ',
          inner(),
          ' END',
        )
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
        return value('(', this.predicate(scope, depth - 1), ')')
      default:
        return value('iif(', this.predicate(scope, depth - 1), ', ', inner(), ', ', inner(), ')')
    }
  }

  /** A random condition. */
  predicate(scope: Scope, depth: number): Node {
    const r = this.#random
    if (depth > 0 && r.chance(0.3)) return this.#compound(scope, depth)
    const refs = visibleColumns(scope).filter(isScalar)
    if (refs.length === 0) return this.#constant()
    const ref = r.pick(refs)
    return r.weighted<() => Node>([
      [10, () => this.compare(ref, scope)],
      [4, () => this.#implied(scope) ?? this.compare(ref, scope)],
      [5, () => this.#in(ref, scope)],
      [2, () => this.#null(ref, scope)],
      [2, () => this.#like(ref, scope)],
      [
        2,
        () =>
          predicate(
            columnNode(ref, scope, r),
            r.pick([' BETWEEN ', ' NOT BETWEEN ']),
            this.literal(domainOf(ref.col)),
            ' AND ',
            this.literal(domainOf(ref.col)),
          ),
      ],
      [2, () => this.#between(ref, scope)],
      [1, () => this.#collate(ref, scope)],
      [1, () => this.#row(scope, depth)],
      [1, () => this.#constant()],
      [depth > 0 ? 3 : 0, () => this.#inQuery(ref, scope, depth)],
      [depth > 0 ? 4 : 0, () => this.#exists(scope, depth)],
      [
        depth > 0 ? 3 : 0,
        () =>
          predicate(
            this.value(scope, depth - 1),
            ' ',
            r.weighted(COMPARE),
            ' ',
            this.value(scope, depth - 1),
          ),
      ],
      [
        depth > 0 ? 1.5 : 0,
        () =>
          predicate(
            '(',
            this.#sub.scalar(scope, depth - 1),
            ') ',
            r.weighted(COMPARE),
            ' ',
            r.chance(0.5) ? value(String(r.int(0, 2))) : columnNode(ref, scope, r),
          ),
      ],
      [1, () => predicate(columnNode(ref, scope, r), r.pick([' IS TRUE', ' IS NOT TRUE', ' IS FALSE', '']))],
    ])()
  }

  /** A column compared with a literal, a variable, or a constant expression. */
  compare(ref: ColumnRef, scope: Scope): Node {
    const r = this.#random
    const column = columnNode(ref, scope, r)
    const literal = this.literal(domainOf(ref.col))
    const other = r.weighted<Node>([
      [12, literal],
      [1, value(':', r.pick(['text', 'org', 'number', 'user', 'real', 'nothing'] as const))],
      [1, value('(', literal, ')')],
      [1, value('lower(', literal, ')')],
      [1, value(literal, " || ''")],
      [1, value('+', literal)],
    ])
    const op = ` ${r.weighted(COMPARE)} `
    return r.chance(0.75) ? predicate(column, op, other) : predicate(other, op, column)
  }

  /** An equality of two columns, usually of the same domain. */
  equal(left: ColumnRef, right: ColumnRef, scope: Scope): Node {
    const r = this.#random
    const [a, b] = r.chance(0.5) ? [left, right] : [right, left]
    return predicate(columnNode(a, scope, r), r.chance(0.93) ? ' = ' : ' IS ', columnNode(b, scope, r))
  }

  #implied(scope: Scope): Node | undefined {
    const r = this.#random
    const refs = visibleColumns(scope).filter(u => u.col.implied)
    if (refs.length === 0) return undefined
    this.#tag('object compared with a scalar')
    const object = impliedNode(r.pick(refs), scope, r)
    const literal = (): Node => this.literal('user')
    switch (r.int(0, 5)) {
      case 0:
        return predicate(
          object,
          r.pick([' IN (', ' NOT IN (']),
          list([literal(), literal(), literal()], ', '),
          ')',
        )
      case 1:
        return predicate(literal(), ' = ', object)
      case 2:
        return predicate(object, r.pick([' <> ', ' < ', ' LIKE ']), literal())
      // no NULL here: IS NULL tests the object itself
      case 5:
        return predicate(object, r.pick([' IS ', ' IS NOT ']), value(quoted(r.pick(DOMAINS.user) as string)))
      case 3:
        return predicate(
          object,
          ' = ',
          this.column(scope, u => u.col.of === 'user' && !u.col.implied) ?? literal(),
        )
      default:
        return predicate(object, ' = ', literal())
    }
  }

  #in(ref: ColumnRef, scope: Scope): Node {
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
      () => this.literal(domainOf(ref.col)),
    )
    if (r.chance(0.1)) items.push(value(r.pick(['NULL', ':org', ':number', ':nothing', ':real'])))
    if (r.chance(0.05)) items.push(this.column(scope) ?? this.literal('num'))
    return predicate(
      columnNode(ref, scope, r),
      r.chance(0.8) ? ' IN (' : ' NOT IN (',
      list(items, ', ', 0),
      ')',
    )
  }

  #null(ref: ColumnRef, scope: Scope): Node {
    const column = columnNode(ref, scope, this.#random)
    const other = this.column(scope) ?? this.literal('word')
    return this.#random.pick([
      predicate(column, ' IS NULL'),
      predicate(column, ' IS NOT NULL'),
      predicate(column, ' ISNULL'),
      predicate(column, ' NOTNULL'),
      predicate(column, ' NOT NULL'),
      predicate(column, ' IS ', this.literal(domainOf(ref.col))),
      predicate(column, ' IS NOT ', this.literal(domainOf(ref.col))),
      predicate(column, ' IS NOT DISTINCT FROM ', other),
      predicate(column, ' IS DISTINCT FROM ', other),
      predicate(column, ' = NULL'),
    ])
  }

  #like(ref: ColumnRef, scope: Scope): Node {
    const r = this.#random
    const pattern = quoted(r.pick(['a%', '%1', 'A', 'o1', 'O_', '%', 'u_', 'r1', 'p%', '100!%']))
    return predicate(columnNode(ref, scope, r), r.pick([' LIKE ', ' NOT LIKE ', ' GLOB ']), pattern)
  }

  #between(ref: ColumnRef, scope: Scope): Node {
    const r = this.#random
    const column = columnNode(ref, scope, r)
    const other =
      this.column(scope, u => isScalar(u) && u.col.of === ref.col.of && u !== ref)
      ?? this.literal(domainOf(ref.col))
    if (r.chance(0.25)) {
      this.#tag('chained equality')
      return predicate(
        '(',
        column,
        ' = ',
        other,
        ') = ',
        r.pick([value('1'), value('0'), this.literal(domainOf(ref.col))]),
      )
    }
    return predicate(column, ` ${r.weighted(COMPARE)} `, other)
  }

  #collate(ref: ColumnRef, scope: Scope): Node {
    const r = this.#random
    this.#tag('COLLATE in a comparison')
    const column = columnNode(ref, scope, r)
    const literal = this.literal(domainOf(ref.col))
    return r.pick([
      predicate(column, ' = ', literal, ' COLLATE NOCASE'),
      predicate(column, ' COLLATE NOCASE = ', literal),
      predicate('(', column, ' COLLATE NOCASE) = ', literal),
      predicate(column, ' COLLATE NOCASE IN (', list([literal, this.literal(domainOf(ref.col))], ', '), ')'),
      predicate(literal, ' COLLATE NOCASE = ', column),
      predicate(column, ' = (', literal, ' COLLATE NOCASE)'),
      predicate(column, ' COLLATE RTRIM = ', literal),
      predicate(literal, ' = ', column, ' COLLATE NOCASE'),
    ])
  }

  #row(scope: Scope, depth: number): Node {
    const r = this.#random
    const refs = visibleColumns(scope).filter(isScalar)
    const [a, b] = [r.pick(refs), r.pick(refs)]
    this.#tag('row value')
    const left = predicate('(', columnNode(a, scope, r), ', ', columnNode(b, scope, r), ')')
    const pair = (): Node =>
      value('(', this.literal(domainOf(a.col)), ', ', this.literal(domainOf(b.col)), ')')
    switch (r.int(0, depth > 0 ? 4 : 3)) {
      case 0:
        return predicate(left, r.pick([' = ', ' <> ', ' < ', ' IS ']), pair())
      case 1:
        return predicate(left, ' IN (VALUES ', list([pair(), pair(), pair()], ', '), ')')
      case 2:
        return predicate(pair(), ' = ', left)
      case 3:
        return predicate(
          left,
          r.pick([' = ', ' IS ']),
          '(',
          columnNode(r.pick(refs), scope, r),
          ', ',
          columnNode(r.pick(refs), scope, r),
          ')',
        )
      default:
        return predicate(
          left,
          ' IN (',
          this.#sub.tuple(scope, [domainOf(a.col), domainOf(b.col)], depth - 1),
          ')',
        )
    }
  }

  #constant(): Node {
    this.#tag('constant predicate')
    return predicate(
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

  #inQuery(ref: ColumnRef, scope: Scope, depth: number): Node {
    const r = this.#random
    this.#tag('IN subquery')
    return predicate(
      columnNode(ref, scope, r),
      r.chance(0.75) ? ' IN (' : ' NOT IN (',
      this.#sub.column(scope, domainOf(ref.col), depth - 1),
      ')',
    )
  }

  #exists(scope: Scope, depth: number): Node {
    this.#tag('EXISTS')
    return predicate(
      this.#random.chance(0.65) ? 'EXISTS (' : 'NOT EXISTS (',
      this.#sub.any(scope, depth - 1),
      ')',
    )
  }

  #compound(scope: Scope, depth: number): Node {
    const r = this.#random
    const inner = (): Node => this.predicate(scope, depth - 1)
    switch (r.int(0, 7)) {
      case 0:
        return predicate('NOT ', inner())
      case 1:
        return predicate('NOT (', inner(), r.pick([' AND ', ' OR ']), inner(), ')')
      case 2:
        return predicate(inner(), ' OR ', inner(), ' AND ', inner())
      case 3:
        return predicate('(', inner(), ' OR ', inner(), ') AND ', inner())
      case 4:
        return predicate('((', inner(), ' AND ', inner(), ')) OR (', inner(), ')')
      case 5:
        return predicate('(', inner(), ' AND ', inner(), ')')
      case 6:
        return predicate('CASE WHEN ', inner(), ' THEN ', inner(), ' ELSE ', inner(), ' END')
      default:
        return predicate('(', list([inner(), inner(), inner()], ' OR '), ')')
    }
  }
}
