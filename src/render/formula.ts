/*
 * Formula injection: a spreadsheet that opens a csv file runs text that begins with `=`, `+`, `-` or `@`, and may skip a
 * leading tab or line end. The values come from an API in which others choose names.
 *
 * The rule for csv: such a text is prefixed with an apostrophe, unless it is a number or dashes. To keep the rule
 * reversible, a text that begins with apostrophes followed by such a character gets one more. Numbers are never changed.
 */

const FORMULA = /^'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/
const SHIELDED = /^'+[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/
const HARMLESS = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|-+)$/

/** Whether a spreadsheet might run the text. */
export function isFormula(text: string): boolean {
  return FORMULA.test(text) && !HARMLESS.test(text)
}

/** The text for csv: prefixed with an apostrophe if a spreadsheet might run it. */
export function shielded(text: string): string {
  return isFormula(text) ? `'${text}` : text
}

/** The inverse of `shielded`. */
export function unshielded(text: string): string {
  return SHIELDED.test(text) ? text.slice(1) : text
}
