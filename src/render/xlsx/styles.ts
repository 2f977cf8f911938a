import { MAIN, XML } from './parts.ts'
import { xmlText } from './xml.ts'

/** Indexes of the fixed formats of cells. */
export const STYLE = {
  none: 0,
  header: 1,
  seconds: 2,
  millis: 3,
  day: 4,
  integer: 5,
  digits: 6,
  shielded: 7,
} as const
const FIXED = 8
/** Number formats that are not built in have ids from 164. */
const FIXED_CODES = ['yyyy\\-mm\\-dd\\ hh:mm:ss', 'yyyy\\-mm\\-dd\\ hh:mm:ss.000', 'yyyy\\-mm\\-dd']
const FIRST_ID = 164
const INTEGER_ID = 1
const GENERAL_ID = 0
/** The font and the border of a row of totals. */
const BOLD = 1
const LINE_ABOVE = 2

/** The format of a cell with a number: its code, or the id of a built-in one. */
interface NumberStyle {
  readonly code: string | number
  readonly isTotal: boolean
}

/** The formats of cells: fixed ones, and those of columns with a format and of totals. */
export class Styles {
  readonly #codes: string[] = [...FIXED_CODES]
  readonly #more: NumberStyle[] = []

  /** The index of the format of numbers with a code (ECMA-376 part 1, 18.8.31). */
  ofCode(code: string): number {
    return this.#index({ code, isTotal: false })
  }

  /** The index of the format of a cell in a row of totals; without a code, that of a number as it is. */
  ofTotal(code: string | undefined): number {
    return this.#index({ code: code ?? GENERAL_ID, isTotal: true })
  }

  #index(style: NumberStyle): number {
    const { code } = style
    if (typeof code === 'string' && !this.#codes.includes(code)) this.#codes.push(code)
    const at = this.#more.findIndex(one => one.code === code && one.isTotal === style.isTotal)
    return FIXED + (at < 0 ? this.#more.push(style) - 1 : at)
  }

  #idOf({ code }: NumberStyle): number {
    return typeof code === 'number' ? code : FIRST_ID + this.#codes.indexOf(code)
  }

  /** styles.xml. With quotePrefix a text stays text when its cell is edited. */
  get xml(): string {
    const codes = this.#codes
    const numFmts = codes
      .map((code, i) => `<numFmt numFmtId="${FIRST_ID + i}" formatCode="${xmlText(code)}"/>`)
      .join('')
    const fixed = FIXED_CODES.map((_, i) => FIRST_ID + i)
    return `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="${codes.length}">${numFmts}</numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFEEF1F5"/><bgColor indexed="64"/></patternFill></fill></fills>\
<borders count="3"><border><left/><right/><top/><bottom/><diagonal/></border>\
<border><left/><right/><top/><bottom style="thin"><color rgb="FF8A94A3"/></bottom><diagonal/></border>\
<border><left/><right/><top style="thin"><color rgb="FF8A94A3"/></top><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="${FIXED + this.#more.length}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1"/>\
${[...fixed, INTEGER_ID].map(id => format(id)).join('')}\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment horizontal="right"/></xf>\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>\
${this.#more.map(one => format(this.#idOf(one), one.isTotal)).join('')}</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
  }
}

function format(id: number, isTotal = false): string {
  const look = isTotal
    ? `fontId="${BOLD}" fillId="0" borderId="${LINE_ABOVE}" xfId="0" applyFont="1" applyBorder="1"`
    : 'fontId="0" fillId="0" borderId="0" xfId="0"'
  return `<xf numFmtId="${id}" ${look} applyNumberFormat="1"/>`
}
