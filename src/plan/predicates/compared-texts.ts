import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { isText, pathOf, relationRefs, type BoundColumn } from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { constantsOf } from '../binding/origins.ts'
import { fullName, writtenText } from '../names.ts'
import { literal } from '../splice.ts'
import type { ColumnOrigins } from './column-origins.ts'
import { possibleValues } from './column-values.ts'
import type { OperandPair } from './comparisons.ts'
import { listedValues, mismatch, mismatchAmong, otherBeginning, type Mismatch } from './known-values.ts'
import type { Mistakes } from './mistakes.ts'
import { NAME_COLUMNS } from './name-columns.ts'
import { textOf, wholeText } from './null-comparisons.ts'

/** What a function makes of a text. What it makes of its own result is the same. */
const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  lower: text => text.replaceAll(/[A-Z]/g, c => c.toLowerCase()),
  upper: text => text.replaceAll(/[a-z]/g, c => c.toUpperCase()),
  trim: text => text.replaceAll(/^ +| +$/g, ''),
  ltrim: text => text.replace(/^ +/, ''),
  rtrim: text => text.replace(/ +$/, ''),
}

/** A column that gives an expression its values, and what functions around it make of them. */
interface ColumnValues {
  readonly column: BoundColumn
  readonly change: ((text: string) => string) | undefined
}

/** Where the values of an expression come from, apart from NULL. */
interface Values {
  readonly columns: readonly ColumnValues[]
  readonly constants: readonly string[]
}

/**
 * Notes constant texts that the other side of `=`, `<>` or IN never equals, although another text is probably meant: no known value,
 * also in lower() and coalesce(), a pattern of LIKE, several values in one text, a name beside an id.
 */
export class ComparedTexts {
  readonly #mistakes: Mistakes
  readonly #origins: ColumnOrigins
  readonly #values = new Map<Expression, Values | undefined>()

  constructor(mistakes: Mistakes, origins: ColumnOrigins) {
    this.#mistakes = mistakes
    this.#origins = origins
  }

  look(side: Expression, other: Expression, operator: OperandPair['operator']): void {
    if (side.kind === 'literal' || (other.kind !== 'literal' && hasCollate(other))) return
    const { analysis } = this.#mistakes
    const text = analysis.constantOf(other)
    if (typeof text !== 'string' || text === '' || analysis.isConstant(side)) return
    if (/^(?:true|false)$/i.test(text) && this.#truth(side, text, operator)) return
    const values = this.#valuesOf(side)
    if (!values || !this.#unknown(side, values, text)) {
      const change = side.kind === 'call' && side.args.length === 1 ? CHANGES[side.name] : undefined
      if (change && change(text) !== text) this.#never(side, text, change(text))
      else if (values) this.#form(side, values, text, operator)
    }
  }

  /** `true` or `false` beside the text of a boolean. */
  #truth(side: Expression, text: string, operator: OperandPair['operator']): boolean {
    const [found] = possibleValues(side, this.#mistakes.binder).flatMap(e => this.#booleanIn(e) ?? [])
    if (!found) return false
    const name = found.kind === 'column' ? wholeText(found) : `(${wholeText(found)})`
    const write = `${name} ${operator} ${text.toLowerCase()}`
    this.#mistakes.addAbout(
      side,
      `${textOf(side)} is compared with ${literal(text)}, and the text of a boolean is 1 or 0: write ${write}`,
    )
    return true
  }

  /** The boolean that an expression makes a text of. */
  #booleanIn(e: Expression): Expression | undefined {
    const isCast = e.kind === 'cast' && /CHAR|CLOB|TEXT/.test(e.type)
    const inner = isCast
      ? e.operand
      : e.kind === 'call' && e.args.length === 1 && CHANGES[e.name]
        ? e.args[0]
        : undefined
    return inner && (this.#mistakes.analysis.kindOf(inner) === 'boolean' ? inner : this.#booleanIn(inner))
  }

  /** A text that no known value of the columns is. */
  #unknown(side: Expression, { columns, constants }: Values, text: string): boolean {
    if (constants.includes(text)) return true
    const found = columns.map(({ column, change }) => this.#mismatch(column, text, change))
    const [first] = found
    if (!first || found.includes(undefined)) return false
    const { column } = columns[0]!
    const [origin] = this.#origins.of(column) ?? []
    const isPlain = this.#mistakes.binder.columnOf(side) !== undefined
    const name = !isPlain
      ? textOf(side)
      : origin && !origin.shape.begins
        ? `${origin.key} of ${fullName(origin.ref.resource)}`
        : written(column)
    const meant = first.meant === undefined ? namesBeside(column) : `did you mean ${literal(first.meant)}?`
    const advice = meant === undefined ? '' : `; ${meant}`
    const ref = origin?.ref ?? relationRefs(column.relation)[0]
    this.#mistakes.add(side, ref, `${name} is compared with ${literal(text)}, ${first.reason}${advice}`)
    return true
  }

  #mismatch(column: BoundColumn, text: string, change: ColumnValues['change']): Mismatch | undefined {
    const origins = this.#origins.of(column)
    if (!origins) {
      const known = constantsOf(pathOf(column))
      return known && mismatchAmong(change ? known.map(v => change(v)) : known, text)
    }
    const found = origins.map(
      o => mismatch(text, changed(o.shape, change)) ?? (change && notText(o.shape, text)),
    )
    return found.includes(undefined) ? undefined : found[0]
  }

  /** A text that a function never gives, such as one with upper-case letters for lower(). */
  #never(side: Expression, text: string, meant: string): void {
    this.#mistakes.addAbout(
      side,
      `${textOf(side)} is compared with ${literal(text)}, which it never gives; did you mean ${literal(meant)}?`,
    )
  }

  /** A text that has the form of something else than a value. */
  #form(side: Expression, { columns }: Values, text: string, operator: OperandPair['operator']): void {
    const [first] = columns
    if (!first || !isText(this.#mistakes.analysis.kindOf(side))) return
    const isPatternText = isPattern(text)
    const hasBlank = /\S\s\S/.test(text)
    // most texts have none of these forms, and a list may have thousands
    if (!isPatternText && !hasBlank && !text.includes(',')) return
    const shapes = columns.flatMap(({ column }) => this.#origins.of(column)?.map(o => o.shape) ?? [])
    const not = operator === '<>' ? 'NOT ' : ''
    const name = wholeText(side)
    const asIt = `, or ${name} || '' instead of ${name} if the text itself is meant`
    const compared = `${textOf(side)} is compared with ${literal(text)}`
    if (isPatternText && !shapes.some(s => s.values?.includes(text)))
      return this.#mistakes.addAbout(
        side,
        `${compared}, in which % is no wildcard: write ${name} ${not}LIKE ${literal(text)}${asIt}`,
      )
    const listed = listedValues(text, shapes)
    if (listed)
      return this.#mistakes.addAbout(
        side,
        `${compared}, which is one text: write ${name} ${not}IN (${listed.map(literal).join(', ')})${asIt}`,
      )
    if (!hasBlank || !/^id$/i.test(first.column.path.at(-1) ?? first.column.column)) return
    const names = namesBeside(first.column)
    if (names !== undefined) this.#mistakes.addAbout(side, `${compared}, and an id has no blanks; ${names}`)
  }

  #valuesOf(side: Expression): Values | undefined {
    if (!this.#values.has(side))
      this.#values.set(side, hasCollate(side) ? undefined : this.#read(side, undefined))
    return this.#values.get(side)
  }

  #read(e: Expression, change: ColumnValues['change']): Values | undefined {
    const columns: ColumnValues[] = []
    const constants: string[] = []
    const { analysis, binder } = this.#mistakes
    for (const part of possibleValues(e, binder)) {
      const column = binder.columnOf(part)
      if (column) columns.push({ column, change })
      else if (part.kind === 'call' && part.args.length === 1 && CHANGES[part.name]) {
        const own = CHANGES[part.name]!
        const inner = this.#read(part.args[0]!, change ? text => change(own(text)) : own)
        if (!inner) return undefined
        columns.push(...inner.columns)
        constants.push(...inner.constants)
      } else {
        const value = analysis.isConstant(part) ? analysis.constantOf(part) : undefined
        if (value === undefined) return undefined
        if (value !== null) constants.push(change ? change(String(value)) : String(value))
      }
    }
    return columns.length === 0 ? undefined : { columns, constants }
  }
}

function changed(shape: Shape, change: ColumnValues['change']): Shape {
  const { values, begins } = shape
  if (!change) return shape
  return {
    ...shape,
    ...(values && { values: values.map(v => change(v)) }),
    ...(begins && { begins: begins.map(b => change(b)) }),
  }
}

/** Why a function of texts never gives a text for a column of another type. */
function notText(shape: Shape, text: string): Mismatch | undefined {
  const type = otherBeginning(text, shape)
  return type === undefined ? undefined : { reason: `but it is ${type}` }
}

/** Whether a text is clearly a pattern of LIKE: `%` is at its beginning or its end, not behind a digit as in `50%`, nor before the code of a character. */
const isPattern = (text: string): boolean => /[^%]/.test(text) && /^%(?![\da-f]{2})|[^\d]%$/i.test(text)

/** Where the names are, if an id is wanted. */
function namesBeside({ relation, column, path }: BoundColumn): string | undefined {
  const beside = path.length === 0 ? [`${column}_name`, ...(column === 'id' ? NAME_COLUMNS : [])] : []
  const names = beside.find(name => {
    const [head = '', ...rest] = name.split('.')
    const shape = relation.columns?.find(c => c.name === head)?.shape
    return shape !== undefined && (rest.length === 0 || shape.fields?.[rest[0]!] !== undefined)
  })
  return names === undefined ? undefined : `names are in ${names}`
}

const written = ({ source, node }: BoundColumn): string => writtenText(source, node.name)
