import type { Expression } from './expression.ts'
import { isWordOf, type Token } from './lexer.ts'
import type { BooleanTree } from './parser.ts'

/** Keywords that SQLite never takes for a name (sqlite.org/lang_keywords.html, those without a fallback to a name). */
const RESERVED = new Set(
  `ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT DEFERRABLE DELETE DISTINCT
   DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERSECT INTO IS ISNULL JOIN LIMIT NOT NOTHING
   NOTNULL NULL ON OR ORDER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE UPDATE USING VALUES
   WHEN WHERE`.split(/\s+/),
)
/** How tightly operators bind, loosest first; IS, IN, LIKE and BETWEEN bind like `=`. */
export const LEVELS: ReadonlyMap<string, number> = new Map(
  [
    ['=', '==', '<>', '!='],
    ['<', '<=', '>', '>='],
    ['&', '|', '<<', '>>'],
    ['+', '-'],
    ['*', '/', '%'],
    ['||', '->', '->>'],
  ].flatMap((operators, i) => operators.map((o): [string, number] => [o, i + 1])),
)
export const EQUALITY = 1
export const ORDERING = 2

/** Whether a word can only be a keyword. */
export function isReserved(token: Token | undefined): boolean {
  return isWordOf(token, RESERVED)
}

/** A name as a statement writes it: in quotes if it is a keyword, or has other characters than a word. */
export function nameText(name: string): string {
  const isPlain = /^[A-Za-z_]\w*$/.test(name) && !RESERVED.has(name.toUpperCase())
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`
}

/** Turns the parser's tree over numbered operands into nodes over the operands themselves. */
export function assemble(tree: BooleanTree, operands: readonly Expression[]): Expression {
  if (tree.kind === 'operand') return operands[tree.index]!
  if (tree.kind === 'not') {
    const operand = assemble(tree.arg, operands)
    const { source, range } = operand
    return { kind: 'not', operand, source, range: { from: range.from - 1, to: range.to } }
  }
  const inside = tree.args.map(arg => assemble(arg, operands))
  const range = { from: inside[0]!.range.from, to: inside.at(-1)!.range.to }
  return { kind: tree.kind, operands: inside, source: inside[0]!.source, range }
}
