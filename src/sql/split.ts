import { lex, type Token } from './lexer.ts'

/** One statement of a script: its tokens, whose offsets count in the whole script. */
export interface Piece {
  readonly tokens: readonly Token[]
  /** Offsets into the script, without the semicolon. */
  readonly start: number
  readonly end: number
  /** Contents of its `/*+ … *\/` hints, upper case. */
  readonly hints: readonly string[]
}

/** Splits a script at its semicolons; pieces without a token (blanks, comments) are left out. */
export function split(script: string): readonly Piece[] {
  const { tokens, hints } = lex(script)
  const pieces: Piece[] = []
  let from = 0
  let begin = 0
  const close = (to: number, end: number): void => {
    const own = tokens.slice(from, to)
    if (own.length > 0) {
      const inside = hints.filter(h => h.start >= begin && h.start < end).map(h => h.text)
      pieces.push({ tokens: own, start: own[0]!.start, end: own.at(-1)!.end, hints: inside })
    }
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token.kind !== 'op' || token.value !== ';') continue
    close(i, token.start)
    from = i + 1
    begin = token.end
  }
  close(tokens.length, script.length)
  return pieces
}
