import type { Value } from '../../catalog/types.ts'
import { formatCode, numberText } from '../column-format.ts'
import { TOTAL_LABEL, Totals } from '../total.ts'
import type { ResultColumn, Row } from '../types.ts'
import { type Cell, isLong, textCell } from './cells.ts'
import type { Styles } from './styles.ts'

/** The function SUBTOTAL with SUM: it leaves out rows that are hidden, by a filter or by hand. */
const SUM_OF_SHOWN = 109

/** Codes of formats: a text, and an integer with all digits. */
const TEXT = '@'
const INTEGER = '0'

/** The row of totals below the rows of a sheet. */
export class TotalRow {
  readonly #columns: readonly ResultColumn[]
  readonly #totals: Totals
  readonly #isAsked: boolean
  /** Columns with an integer that is a text in its cell, which a formula would leave out. */
  readonly #hasTexts = new Set<number>()

  constructor(columns: readonly ResultColumn[]) {
    this.#columns = columns
    this.#totals = new Totals(columns)
    this.#isAsked = columns.some(({ display }) => display?.total === true)
  }

  add(row: Row): void {
    if (!this.#isAsked) return
    this.#totals.add(row)
    for (const [i, value] of row.entries()) if (isLongInteger(value)) this.#hasTexts.add(i)
  }

  /** The cells; undefined if there is no total. `rangeOf`: the rows of a column. A cell has a formula and its value, which is exact. */
  cells(styles: Styles, rangeOf: (column: number) => string): (Cell | undefined)[] | undefined {
    return this.#totals.sums?.map((sum, i) => {
      if (i === this.#totals.labelAt) return textCell(TOTAL_LABEL, styles.ofTotal(TEXT))
      if (sum === undefined) return { attributes: ` s="${styles.ofTotal(undefined)}"`, content: '', width: 0 }
      if (isLong(BigInt(sum.split('.')[0]!))) return textCell(sum, styles.ofTotal(TEXT))
      const value = Number(sum)
      const format = this.#columns[i]?.display?.number
      const code = format ? formatCode(value, format) : Number.isInteger(value) ? INTEGER : undefined
      const formula = this.#hasTexts.has(i) ? '' : `<f>SUBTOTAL(${SUM_OF_SHOWN},${rangeOf(i)})</f>`
      return {
        attributes: ` s="${styles.ofTotal(code)}"`,
        content: `${formula}<v>${value}</v>`,
        width: (format ? numberText(sum, format) : sum).length + 2,
      }
    })
  }
}

const isLongInteger = (value: Value): boolean =>
  typeof value === 'bigint' || typeof value === 'number' ? isLong(value) : false
