import type { Expression, InQuery } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { isText, pathOf, type BoundQuery, type ColumnPath } from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import { originsOfParts } from '../binding/origins.ts'
import { affinityOfType } from '../binding/outputs.ts'
import { nodesRead, operationsIn } from '../binding/traverse.ts'
import { aroundField, quote } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { conditionsIn, conditionsOf } from './conditions-in.ts'
import { onlyValue, partsOf, possibleValues } from './column-values.ts'
import { comparingIn, comparisons, isEquality, queryPairs, type OperandPair } from './comparisons.ts'
import type { NestedFields } from './nested-fields.ts'
import { isBooleanLiteral } from './type-errors.ts'
import { fieldAt, isUnknownField, isUnknownPath, localBoolean, typeColumn } from './unknown-fields.ts'

/**
 * The changes of the text by which a field of unknown type that has a number or boolean is compared with a text as its JSON:
 * `config ->> 'replicas' = '3'`, `config ->> 'enabled' = 'true'`, also in coalesce and CASE. As in Postgres and DuckDB, `->>` gives a
 * text there; to SQLite every number is less than any text and equals none, so that `<`, `<>` and NOT IN would be true for all rows.
 * In a list with other values too, the texts are changed instead of the field.
 */
export function fieldTextChanges(
  root: BoundQuery,
  analysis: ExpressionAnalysis,
  nested: NestedFields,
): readonly (() => void)[] {
  const { binder } = analysis
  const texts = new FieldTexts(analysis)
  const { nodes, cores } = nodesRead(root)
  const conditions = [
    ...[...cores].flatMap(({ core }) => conditionsOf(core)),
    ...operationsIn(nodes).flatMap(conditionsIn),
  ].flatMap(e => (e ? texts.conditionChanges(e) : []))
  const operands = operationsIn(nodes)
    .flatMap(textOperands)
    .flatMap(text => [...(isOfFields(binder, text) ? texts.changes(text) : []), ...nested.changes(text)])
  const compared = comparingIn(nodes).flatMap(node => {
    const besides = new Map<Expression, Expression[]>()
    const pairs = pairsOf(node)
    const isOrdered = pairs.some(({ operator }) => !isEquality(operator))
    const add = (side: Expression, other: Expression): void => {
      if (side.kind === 'literal') return
      const known = besides.get(side)
      if (known) known.push(other)
      else if (isOfUnknownFields(binder, side) || (!isOrdered && localBoolean(side, binder)))
        besides.set(side, [other])
    }
    for (const { left, right } of pairs) {
      add(left, right)
      add(right, left)
    }
    const ofStar = node.kind === 'in query' && node.left.kind !== 'row' ? texts.starChanges(node, nested) : []
    const found = [...besides].flatMap(([side, others]) =>
      others.every(other => texts.isBooleanBeside(side, other))
        ? texts.conditionChanges(side)
        : localBoolean(side, binder)
          ? texts.booleanChanges(side, others)
          : texts.isTextBeside(others, isOrdered)
            ? texts.changes(side)
            : node.kind === 'in list' || node.kind === 'case'
              ? texts.mixedChanges(side, others)
              : texts.numberBeside(others),
    )
    const ofNested = pairs.flatMap(({ left, right, operator }) => [
      ...(texts.isBooleanText(right, operator) ? nested.changes(left) : []),
      ...(texts.isBooleanText(left, operator) ? nested.changes(right) : []),
    ])
    return [...found, ...ofStar, ...ofNested]
  })
  return [...operands, ...conditions, ...compared]
}

/** The changes by which a field of unknown type is a text. */
export function unknownTextChanges(e: Expression, analysis: ExpressionAnalysis): readonly (() => void)[] {
  return new FieldTexts(analysis).changes(e)
}

/** Functions that take the characters of their first argument. */
const OF_TEXT =
  /^(?:lower|upper|l?trim|rtrim|substr|substring|length|octet_length|split_part|group_concat|string_agg|regexp_\w+)$/

/** Functions that take the characters of all arguments. */
const OF_TEXTS = /^(?:concat|concat_ws|instr|replace)$/

/** The operands of which an operator or a function takes the characters. */
function textOperands(e: Expression): readonly Expression[] {
  if (e.kind === 'match') return [e.left]
  if (e.kind === 'binary') return e.operator === '||' ? [e.left, e.right] : []
  if (e.kind === 'cast') return affinityOfType(e.type) === 'text' ? [e.operand] : []
  if (e.kind !== 'call') return []
  return OF_TEXTS.test(e.name) ? e.args : OF_TEXT.test(e.name) ? e.args.slice(0, 1) : []
}

/** The operands that a node compares, with the result columns of the query of IN. */
function pairsOf(node: Expression): readonly OperandPair[] {
  if (node.kind !== 'in query') return comparisons(node)
  const hasUnknown = node.query.cores.some(core => core.items.some(item => item.star))
  return hasUnknown ? [] : [...comparisons(node), ...queryPairs(node)]
}

class FieldTexts {
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder

  constructor(analysis: ExpressionAnalysis) {
    this.#analysis = analysis
    this.#binder = analysis.binder
  }

  /**
   * Whether a value of unknown type is compared with texts, of which one may be the JSON of a number or boolean.
   * @param isOrdered by `<` and the like: each text is less or greater than the JSON of some number
   */
  isTextBeside(others: readonly Expression[], isOrdered = false): boolean {
    const found = new Set(others.map(e => this.#mayBeJson(e)))
    return (isOrdered || found.has(true)) && !found.has(undefined)
  }

  /** Whether a value is compared with a boolean: a literal, a condition, or a column of booleans and one of unknown type beside it. */
  isBooleanBeside(side: Expression, other: Expression): boolean {
    if (isBooleanLiteral(other) || this.#analysis.kindOf(onlyValue(other)) === 'boolean') return true
    return localBoolean(side, this.#binder) && isUnknownField(this.#binder, other)
  }

  /** Whether a text may equal the JSON of a boolean, or 1 or 0. */
  isBooleanText(e: Expression, operator: OperandPair['operator']): boolean {
    const other = onlyValue(e)
    if (!this.#analysis.isConstant(other)) return isText(this.#analysis.kindOf(e))
    const value = this.#analysis.constantOf(other)
    return typeof value === 'string' && (!isEquality(operator) || /^(?:true|false|[01])$/i.test(value))
  }

  /** Undefined if an expression is no text. */
  #mayBeJson(e: Expression): boolean | undefined {
    const other = onlyValue(e)
    if (!this.#analysis.isConstant(other)) return isText(this.#analysis.kindOf(e)) || undefined
    const value = this.#analysis.constantOf(other)
    return typeof value === 'string' ? JSON_TEXT.test(value) : undefined
  }

  /** Makes texts of the 1 and 0 of a column of booleans beside `true` or `false`; other texts of it are left. */
  booleanChanges({ source, range }: Expression, others: readonly Expression[]): (() => void)[] {
    const values = others.map(e => this.#analysis.constantOf(onlyValue(e)))
    if (!values.every(value => value === 'true' || value === 'false')) return []
    const { splices } = this.#binder
    return [
      () => {
        const column = splices.render(source, range, false)
        splices.wrap(source, range, `CASE ${column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE `, ' END')
      },
    ]
  }

  /** Makes booleans of the texts `true` and `false` in a condition: SQLite takes both for false. */
  conditionChanges(e: Expression): (() => void)[] {
    const { splices } = this.#binder
    const mayBeText = possibleValues(e, this.#binder).some(
      value => isUnknownField(this.#binder, value) || localBoolean(value, this.#binder),
    )
    if (!mayBeText || !this.#analysis.contentsOf(e).isDeterministic) return []
    const { source, range } = e
    return [
      () => {
        const value = splices.render(source, range, false)
        splices.wrap(source, range, ...aroundBoolean(value))
      },
    ]
  }

  /** Gives a number without affinity one, by which SQLite makes a number of a text beside it. */
  numberBeside([other, ...more]: readonly Expression[]): (() => void)[] {
    const kind = other && more.length === 0 ? this.#analysis.kindOf(other) : undefined
    if (!other || (kind !== 'integer' && kind !== 'number') || this.#analysis.isConstant(other)) return []
    if (this.#binder.affinityOf(other) !== 'none') return []
    return [() => this.#binder.splices.cast(other.source, other.range, 'NUMERIC')]
  }

  /** The changes for the only column of a table whose name or `*` stands for it. */
  starChanges({ left, query }: InQuery, nested: NestedFields): (() => void)[] {
    const { splices } = this.#binder
    const { source, form } = query
    return this.#binder.boundQuery(query).cores.flatMap(({ core, relations, outputs = [] }) => {
      const [from] = outputs.map(o => o.from)
      const [item] = core.items
      if (outputs.length !== 1 || !from || (form !== 'table' && !item?.star)) return []
      const ofNested = this.isBooleanText(left, '=') ? nested.changesAt(from) : []
      if (!isUnknownPath(from)) return ofNested
      if (!this.isTextBeside([left])) return [...this.numberBeside([left]), ...ofNested]
      const column = quote(from.column)
      const [before, after] = mayHaveBlobs(from) ? aroundLocal(column) : ['CAST(', ' AS TEXT)']
      const text = `${before}${column}${after}`
      if (form !== 'table') return [() => splices.add(source, item!.expr.range, text), ...ofNested]
      const { node } = relations[0]!
      return node.kind === 'table'
        ? [() => splices.wrap(source, node.name, `(SELECT ${text} FROM `, ')'), ...ofNested]
        : ofNested
    })
  }

  /** Makes texts of the values of an expression. */
  changes(e: Expression): (() => void)[] {
    const { splices } = this.#binder
    if (e.kind === 'collate') return this.changes(e.operand)
    if (e.kind === 'call' && e.name === 'nullif' && this.#isOfTexts(e.args[1]!))
      return this.changes(e.args[0]!)
    const parts = GIVES_PART.test(e.kind === 'call' ? e.name : e.kind) ? partsOf(e, this.#binder) : []
    if (parts.length > 0) return parts.filter(part => part.kind !== 'literal').flatMap(p => this.changes(p))
    return [() => splices.wrap(e.source, e.range, ...this.#aroundText(e))]
  }

  /** Whether an operand has no other values than texts. */
  #isOfTexts(e: Expression): boolean {
    return isText(this.#analysis.kindOf(onlyValue(e)))
  }

  /** What makes a text of a value, around it. To be called before the value is changed. */
  #aroundText(e: Expression): readonly [before: string, after: string] {
    const of = this.#binder.columnOf(e)
    const type = of && typeColumn(of)
    if (type !== undefined) return [`iif(${type} IN ('true', 'false'), ${type}, CAST(`, ' AS TEXT))']
    const field = fieldAt(e, of, this.#binder)
    if (field) return aroundField(...field())
    if (of && mayHaveBlobs(of)) return aroundLocal(this.#binder.splices.render(e.source, e.range, false))
    return ['CAST(', ' AS TEXT)']
  }

  /** In a list with numbers, the changes by which each text and boolean in it equals the field as it would alone. */
  mixedChanges(side: Expression, others: readonly Expression[]): (() => void)[] {
    const { splices } = this.#binder
    if (!isUnknownField(this.#binder, side)) return []
    const mixed = others.filter(e => isBooleanLiteral(e) || this.#mayBeJson(e) === true)
    return mixed.map(e => () => {
      const value = splices.render(side.source, side.range, false)
      const [before, after] = isBooleanLiteral(e) ? aroundBoolean(value) : this.#aroundText(side)
      const item = splices.render(e.source, e.range, false)
      splices.wrap(e.source, e.range, `iif(${before}${value}${after} = ${item}, ${value}, `, ')')
    })
  }
}

/** SQL around a value that makes booleans of the texts `true` and `false`. */
const aroundBoolean = (value: string): readonly [before: string, after: string] => [
  `CASE ${value} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE `,
  ' END',
]

/** A text that the JSON of a number or boolean may be. */
const JSON_TEXT = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?|true|false)$/i

/** Expressions that have the value of a part of them, and choose it by conditions of their own. */
const GIVES_PART = /^(?:case|coalesce|ifnull|iif|if)$/

/** Whether all values of an expression are those of fields of unknown type, apart from constant texts. */
export function isOfUnknownFields(binder: Binder, e: Expression): boolean {
  const values = possibleValues(e, binder)
  return (
    values.some(value => isUnknownField(binder, value))
    && values.every(value => isUnknownField(binder, value) || isTextOrNull(value))
  )
}

/** The same for fields alone: SQLite makes the right text of a value in a column of the session. */
function isOfFields(binder: Binder, e: Expression): boolean {
  const column = binder.columnOf(e)
  return (
    !(column && originsOfParts(pathOf(column)).some(o => o && isLocal(o))) && isOfUnknownFields(binder, e)
  )
}

const isTextOrNull = (e: Expression): boolean =>
  e.kind === 'literal' && (e.type === 'string' || e.type === 'null')

/** Whether a column may have blobs, which CAST would make texts of. Not one with a collation, which only CAST keeps. */
function mayHaveBlobs(of: ColumnPath): boolean {
  return originsOfParts(of).some(
    origin => origin && isLocal(origin) && !columnNamed(origin.relation, origin.column)?.collated,
  )
}

const isLocal = ({ relation, path }: ColumnPath): boolean => relation.kind === 'local' && path.length === 0

/** SQL around a value of a column without a type: a number becomes a text, a blob remains one, since it equals no text. */
function aroundLocal(value: string): readonly [before: string, after: string] {
  return [`iif(typeof(${value}) = 'blob', ${value}, CAST(`, ' AS TEXT))']
}
