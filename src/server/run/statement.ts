import { isOp, isWord, type Token } from '../sql/lexer.ts'

/** A statement as a client has sent it. */
export interface Statement {
  readonly text: string
  readonly tokens: readonly Token[]
  /** OIDs of the parameters' types, as the client has given them; 0: Postgres chooses. */
  readonly types: readonly number[]
}

/** The query that a statement evaluates, for EXPLAIN; undefined if it reads no table, or Postgres does not explain it. */
export function queryIn({ text, tokens }: Pick<Statement, 'text' | 'tokens'>): string | undefined {
  const first = tokens.find(t => !isOp(t, '('))
  if (isWord(first, 'select', 'with', 'values', 'table')) return text
  return isWord(tokens[0], 'copy') ? copySource(text, tokens)?.query : undefined
}

/** COPY … TO STDOUT: its query, and its options as they are written. */
export interface CopySource {
  readonly query: string
  readonly tokens: readonly Token[]
  readonly options: readonly Token[]
}

/** The format of a COPY without further options; undefined for csv, and for options that change how values are written. */
export function plainFormat({ options }: CopySource): 'text' | 'binary' | undefined {
  const words = options.filter(t => t.kind !== 'op').map(t => t.text.toLowerCase())
  const rest = words[0] === 'with' ? words.slice(1) : words
  const named = rest[0] === 'format' ? rest.slice(1) : rest
  if (named.length === 0) return 'text'
  if (named.length > 1) return undefined
  return named[0] === 'binary' || named[0] === 'text' ? named[0] : undefined
}

/** The source of COPY … TO STDOUT; undefined for any other COPY. */
export function copySource(text: string, tokens: readonly Token[]): CopySource | undefined {
  let at = 1
  let query: string
  let inner: readonly Token[]
  if (isOp(tokens[at], '(')) {
    const close = closing(tokens, at)
    inner = tokens.slice(at + 1, close)
    query = text.slice(tokens[at]!.end, tokens[close]?.start)
    at = close + 1
  } else {
    const from = at
    while (at < tokens.length && !isWord(tokens[at], 'to', 'from') && !isOp(tokens[at], '(')) at++
    const table = text.slice(tokens[from]?.start, tokens[at - 1]?.end)
    const list = isOp(tokens[at], '(') ? closing(tokens, at) : undefined
    const columns = list === undefined ? '*' : text.slice(tokens[at]!.end, tokens[list]?.start)
    inner = tokens.slice(from, list === undefined ? at : list)
    if (list === undefined)
      inner = [
        { kind: 'op', text: ',', start: 0, end: 0 },
        { kind: 'op', text: '*', start: 0, end: 0 },
        ...inner,
      ]
    else at = list + 1
    query = `SELECT ${columns} FROM ${table}`
  }
  if (!isWord(tokens[at], 'to') || !isWord(tokens[at + 1], 'stdout')) return undefined
  return { query, tokens: inner, options: tokens.slice(at + 2) }
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (isOp(tokens[at], '(')) depth++
    else if (isOp(tokens[at], ')') && --depth === 0) return at
  }
  return tokens.length
}
