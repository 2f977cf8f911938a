import { lex } from '../sql/lexer.ts'
import { formatsOf, type Binding } from '../wire/messages.ts'
import type { Statement } from './statement.ts'

/** A part of a statement that is run by itself. */
export interface PartOfStatement {
  readonly statement: Statement
  /** The index of each of its parameters in those of the whole statement. */
  readonly parameters: readonly number[]
}

/** A part of a statement as a statement of its own, whose parameters are numbered from 1. */
export function numbered(text: string, { types }: Pick<Statement, 'types'>): PartOfStatement {
  const found: number[] = []
  let changed = ''
  let at = 0
  for (const token of lex(text)) {
    if (token.kind !== 'param') continue
    const index = Number(token.text.slice(1)) - 1
    if (!found.includes(index)) found.push(index)
    changed += `${text.slice(at, token.start)}$${found.indexOf(index) + 1}`
    at = token.end
  }
  const own = changed + text.slice(at)
  return {
    statement: { text: own, tokens: lex(own), types: found.map(i => types[i] ?? 0) },
    parameters: found,
  }
}

/** The values of these parameters. */
export function bindingOf(parameters: readonly number[], { formats, values }: Binding): Binding {
  const each = formatsOf(formats, values.length)
  return {
    formats: parameters.map(i => each[i]!),
    values: parameters.map(i => values[i] ?? null),
    resultFormats: [],
  }
}
