/** A token of Postgres' SQL, with its place in the text. Comments and spaces are no tokens. */
export interface Token {
  /** word: an unquoted name or keyword. name: a quoted name. string: a literal in quotes or dollars. op: an operator or punctuation. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'param' | 'op'
  /** word: in lower case. name, string: the value without quotes and escapes. Else as written. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const SPACE = /\s+/y
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const NUMBER = /(?:\d[\d_]*(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const PARAM = /\$\d+/y
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const LINE_COMMENT = /--[^\n\r]*/y
const OP = /::|:=|=>|->>|->|<=|>=|<>|!=|\|\||[^\s\w]/y

/** Ends an unterminated literal or comment at the end of the text: Postgres reports the error. */
export function lex(sql: string): Token[] {
  const tokens: Token[] = []
  const add = (kind: Token['kind'], text: string, start: number, end: number): number => {
    tokens.push({ kind, text, start, end })
    return end
  }
  for (let at = 0; at < sql.length;) {
    const c = sql[at]!
    const space = match(SPACE, sql, at) ?? match(LINE_COMMENT, sql, at)
    if (space !== undefined) at += space.length
    else if (sql.startsWith('/*', at)) at = commentEnd(sql, at)
    else if (c === "'") at = quoted(sql, at, at, false, add)
    else if (c === '"') at = quotedName(sql, at, at, add)
    else if (/^(?:[eE]|[bBxXnN]|[uU]&)'/.test(sql.slice(at, at + 3)))
      at = quoted(sql, at, sql.indexOf("'", at), /[eE]/.test(c), add)
    else if (/^[uU]&"/.test(sql.slice(at, at + 3))) at = quotedName(sql, at, at + 2, add)
    else {
      const dollar = match(DOLLAR, sql, at)
      const number = match(NUMBER, sql, at)
      const param = match(PARAM, sql, at)
      const word = match(WORD, sql, at)
      if (dollar !== undefined) {
        const close = sql.indexOf(dollar, at + dollar.length)
        const end = close < 0 ? sql.length : close
        at = add('string', sql.slice(at + dollar.length, end), at, Math.min(sql.length, end + dollar.length))
      } else if (number !== undefined) at = add('number', number, at, at + number.length)
      else if (param !== undefined) at = add('param', param, at, at + param.length)
      else if (word !== undefined) at = add('word', word.toLowerCase(), at, at + word.length)
      else {
        const op = match(OP, sql, at) ?? c
        at = add('op', op, at, at + op.length)
      }
    }
  }
  return tokens
}

type Add = (kind: Token['kind'], text: string, start: number, end: number) => number

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** The end of the comment that begins at `from`. Comments nest. */
export function commentEnd(sql: string, from: number): number {
  let depth = 0
  const marks = /\/\*|\*\//g
  marks.lastIndex = from
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return sql.length
}

/** The end of the comment from `--` at `from` to the end of its line. */
export const lineCommentEnd = (sql: string, from: number): number =>
  from + match(LINE_COMMENT, sql, from)!.length

function quoted(sql: string, start: number, quote: number, hasEscapes: boolean, add: Add): number {
  let text = ''
  for (let at = quote + 1; at < sql.length; at++) {
    if (hasEscapes && sql[at] === '\\') text += sql[++at] ?? ''
    else if (sql[at] !== "'") text += sql[at]
    else if (sql[at + 1] === "'") text += sql[at++]
    else return add('string', text, start, at + 1)
  }
  return add('string', text, start, sql.length)
}

function quotedName(sql: string, start: number, quote: number, add: Add): number {
  let text = ''
  for (let at = quote + 1; at < sql.length; at++) {
    if (sql[at] !== '"') text += sql[at]
    else if (sql[at + 1] === '"') text += sql[at++]
    else return add('name', text, start, at + 1)
  }
  return add('name', text, start, sql.length)
}

/** A statement in a text: its tokens, and its text from the end of the one before. */
export interface Piece {
  readonly text: string
  /** The offset of `text` in the whole text. */
  readonly start: number
  /** Their places are in `text`. */
  readonly tokens: readonly Token[]
}

/** The statements of a text, without empty ones. */
export function split(sql: string): Piece[] {
  const pieces: Piece[] = []
  let tokens: Token[] = []
  let start = 0
  const close = (end: number): void => {
    if (tokens.length > 0)
      pieces.push({
        text: sql.slice(start, end),
        start,
        tokens: tokens.map(t => ({ ...t, start: t.start - start, end: t.end - start })),
      })
    tokens = []
    start = end + 1
  }
  for (const token of lex(sql)) {
    if (token.kind === 'op' && token.text === ';') close(token.start)
    else tokens.push(token)
  }
  close(sql.length)
  return pieces
}

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text)

export const isOp = (token: Token | undefined, op: string): boolean =>
  token?.kind === 'op' && token.text === op

/** A literal of a text. */
export const literal = (text: string): string =>
  text.includes('\\')
    ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`

/** A quoted name. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The characters of a text, as Postgres counts them in the place of an error. */
export const charactersIn = (text: string): number => Array.from(text).length
