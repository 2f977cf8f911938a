import type { Literal } from '../scans/conditions.ts'
import { isOp, isWord, type Token } from '../sql/lexer.ts'
import { Fields, framesIn } from '../wire/frames.ts'
import { readRowDescription, type Binding } from '../wire/messages.ts'
import { bufferOf, executionOf, runUnit, type RunContext } from './analysis.ts'
import { bindingOf, numbered } from './part.ts'
import type { Statement } from './statement.ts'

/** Types of constants, as plans name them. */
const TYPES: Readonly<Record<number, string>> = { 20: 'bigint', 23: 'integer', 25: 'text', 16: 'boolean' }

/**
 * The values of VALUES in a statement, by column; a plan does not show them. None if they are not constants, or there are several
 * VALUES; undefined for a column of another type.
 */
export async function valuesOf(
  statement: Statement,
  binding: Binding,
  context: RunContext,
): Promise<readonly (readonly Literal[] | undefined)[]> {
  const text = valuesText(statement)
  if (text === undefined) return []
  const part = numbered(text, statement)
  const step = executionOf(part.statement, bindingOf(part.parameters, binding))
  const { outputs } = await runUnit([step], context)
  let types: readonly number[] = []
  let columns: Literal[][] = []
  for (const { type, body } of framesIn(bufferOf(outputs[0]!))) {
    if (type === 'E') return []
    if (type === 'T') {
      types = readRowDescription(body).map(f => f.type)
      columns = types.map(() => [])
    }
    if (type !== 'D') continue
    const fields = new Fields(body)
    const count = fields.count()
    for (let i = 0; i < count; i++) {
      const length = fields.int32()
      // NULL equals nothing
      if (length >= 0)
        columns[i]!.push({ text: fields.bytes(length).toString('utf8'), type: TYPES[types[i]!] ?? '' })
    }
  }
  return columns.map((column, i) => (TYPES[types[i]!] === undefined ? undefined : column))
}

/** The only VALUES of a statement, if all its values are constants. */
function valuesText({ text, tokens }: Statement): string | undefined {
  const all = tokens.flatMap((t, i) => (isWord(t, 'values') ? [i] : []))
  const [from] = all
  if (from === undefined || all.length > 1) return undefined
  let depth = 0
  let to = from + 1
  for (; to < tokens.length; to++) {
    if (isOp(tokens[to], '(')) depth++
    if (isOp(tokens[to], ')') && --depth < 0) break
  }
  const isConstant = tokens.slice(from + 1, to).every((t, i) => isPart(t, tokens[from + i]))
  return isConstant ? text.slice(tokens[from]!.start, tokens[to - 1]!.end) : undefined
}

function isPart(token: Token, before: Token | undefined): boolean {
  if (token.kind === 'string' || token.kind === 'number' || token.kind === 'param') return true
  if (token.kind === 'op') return ['(', ')', ',', '::', '-'].includes(token.text)
  return isWord(token, 'null', 'true', 'false') || (isOp(before, '::') && token.kind === 'word')
}
