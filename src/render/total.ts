import type { Value } from '../catalog/types.ts'
import { numberText, withoutNoise } from './column-format.ts'
import type { ResultColumn, Row } from './types.ts'

/** The text in the row of totals, in the first column without a total. */
export const TOTAL_LABEL = 'Total'
/** The most digits after the point; columns with smaller numbers have no total. */
const MOST_DIGITS = 400
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/** The exact sum of numbers as they are shown, in decimal notation: 0.1 + 0.2 is 0.3. */
class Sum {
  #digits = 0n
  /** Digits after the point. */
  #scale = 0
  #isPossible = true
  #count = 0

  add(value: Value | undefined): void {
    if (value === null || value === undefined) return
    const shown = typeof value === 'number' ? withoutNoise(value) : value
    const [, sign, whole = '', fraction = '', exponent = '0'] =
      typeof shown === 'number' || typeof shown === 'bigint' ? (DECIMAL.exec(String(shown)) ?? []) : []
    const scale = fraction.length - Number(exponent)
    this.#isPossible &&= sign !== undefined && Math.abs(scale) <= MOST_DIGITS
    if (!this.#isPossible) return
    this.#count += 1
    const wanted = Math.max(0, scale, this.#scale)
    const digits = BigInt(whole + fraction) * 10n ** BigInt(wanted - scale)
    this.#digits = this.#digits * 10n ** BigInt(wanted - this.#scale) + (sign === '-' ? -digits : digits)
    this.#scale = wanted
  }

  /** In decimal notation; undefined if a value was not a number, or all were NULL. */
  get text(): `${number}` | undefined {
    if (!this.#isPossible || this.#count === 0) return undefined
    const isNegative = this.#digits < 0n
    const digits = String(isNegative ? -this.#digits : this.#digits).padStart(this.#scale + 1, '0')
    const point = digits.length - this.#scale
    const fraction = digits.slice(point).replace(/0+$/, '')
    return `${isNegative ? '-' : ''}${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}` as `${number}`
  }
}

/** The exact sum of numbers; undefined if all are NULL, or one is not finite. */
export function sumOf(values: Iterable<Value | undefined>): `${number}` | undefined {
  const sum = new Sum()
  for (const value of values) sum.add(value)
  return sum.text
}

/** The row of totals below a table whose columns ask for them. */
export class Totals {
  readonly #columns: readonly ResultColumn[]
  readonly #sums: readonly (Sum | undefined)[]

  constructor(columns: readonly ResultColumn[]) {
    this.#columns = columns
    this.#sums = columns.map(({ display, type }) =>
      display?.total === true && type !== 'boolean' ? new Sum() : undefined,
    )
  }

  add(row: Row): void {
    for (const [i, sum] of this.#sums.entries()) sum?.add(row[i])
  }

  /** The column of the label; undefined if there is none, or no row. */
  get labelAt(): number | undefined {
    const at = this.#sums.indexOf(undefined)
    return at < 0 || this.#sums.every(sum => sum === undefined) ? undefined : at
  }

  /** The sums of the columns. Undefined if there is none: a column with anything but numbers has no sum. */
  get sums(): readonly (`${number}` | undefined)[] | undefined {
    const sums = this.#sums.map(sum => sum?.text)
    return sums.every(sum => sum === undefined) ? undefined : sums
  }

  /** The texts of the row: sums in the format of their columns, and `Total` in the first column without one. */
  get texts(): readonly (string | undefined)[] | undefined {
    return this.sums?.map((sum, i) => {
      const format = this.#columns[i]?.display?.number
      if (i === this.labelAt) return TOTAL_LABEL
      return sum === undefined || !format ? sum : numberText(sum, format)
    })
  }
}
