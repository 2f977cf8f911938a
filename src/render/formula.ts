/*
 * Formula injection: a spreadsheet that opens a csv file runs what begins with `=`, `+`, `-` or `@`, and may skip a
 * tab or a line end before it. The values come from an API where others choose names.
 *
 * The rule, for csv: a text that begins so gets an apostrophe before it, unless it is a number or a dash. To keep that
 * reversible, a text that begins with apostrophes and then so gets one more. Numbers are never touched.
 */

const FORMULA = /^'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/
const SHIELDED = /^'+[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/
const HARMLESS = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|-+)$/

/** Whether a spreadsheet might run the text. */
export function isFormula(text: string): boolean {
  return FORMULA.test(text) && !HARMLESS.test(text)
}

/** The text as csv has it: with an apostrophe before it where a spreadsheet might run it. */
export function shielded(text: string): string {
  return isFormula(text) ? `'${text}` : text
}

/** The text that `shielded` was given. */
export function unshielded(text: string): string {
  return SHIELDED.test(text) ? text.slice(1) : text
}
