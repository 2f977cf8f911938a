import { ConfluentqlError, type Span } from '../errors.ts'
import { lex, type Token } from './lexer.ts'
import { scan } from './scan.ts'
import { refuseTemplates } from './template.ts'

/** One statement of a script: its tokens, whose offsets count in the whole script. */
export interface Piece {
  readonly tokens: readonly Token[]
  /** Offsets into the script, without the semicolon. */
  readonly start: number
  readonly end: number
  /** Contents of its `/*+ … *\/` hints, upper case. */
  readonly hints: readonly string[]
}

/**
 * The statements of a script; those without a token (blanks, comments) are left out.
 * @throws ConfluentqlError SYNTAX for characters that form no token, and for a template of another program
 */
export function split(script: string): readonly Piece[] {
  return scan(script)
    .items.filter(item => item.hasToken)
    .map(item => pieceOf(script, item))
}

/** The statement of a text that has one. @throws ConfluentqlError SYNTAX for none, and for several */
export function splitOne(sql: string): Piece {
  const pieces = split(sql)
  if (pieces.length === 1) return pieces[0]!
  throw new ConfluentqlError(
    'SYNTAX',
    pieces.length === 0 ? 'there is no statement' : 'plan() takes one statement',
  )
}

/** The statement between two offsets, comments before and after it left out. @throws ConfluentqlError SYNTAX */
export function pieceOf(script: string, { start, end }: Span): Piece {
  const { tokens, hints } = lex(script, start, end)
  refuseTemplates(tokens)
  return { tokens, start: tokens[0]!.start, end: tokens.at(-1)!.end, hints: hints.map(h => h.text) }
}
