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

/** The formats of cells: fixed ones, and those of columns with a format. */
export class Styles {
  readonly #codes: string[] = []

  /** The index of the format of numbers with a code (ECMA-376 part 1, 18.8.31). */
  ofCode(code: string): number {
    const at = this.#codes.indexOf(code)
    return FIXED + (at < 0 ? this.#codes.push(code) - 1 : at)
  }

  /** styles.xml. With quotePrefix a text stays text when its cell is edited. */
  get xml(): string {
    const codes = [...FIXED_CODES, ...this.#codes]
    const numFmts = codes
      .map((code, i) => `<numFmt numFmtId="${FIRST_ID + i}" formatCode="${xmlText(code)}"/>`)
      .join('')
    const ids = codes.map((_, i) => FIRST_ID + i)
    return `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="${codes.length}">${numFmts}</numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFEEF1F5"/><bgColor indexed="64"/></patternFill></fill></fills>\
<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>\
<border><left/><right/><top/><bottom style="thin"><color rgb="FF8A94A3"/></bottom><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="${FIXED + this.#codes.length}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1"/>\
${[...ids.slice(0, FIXED_CODES.length), INTEGER_ID].map(format).join('')}\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment horizontal="right"/></xf>\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>\
${ids.slice(FIXED_CODES.length).map(format).join('')}</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
  }
}

function format(id: number): string {
  return `<xf numFmtId="${id}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`
}
