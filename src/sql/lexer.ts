import { ConfluentqlError } from '../errors.ts'

/**
 * word: an unquoted identifier or keyword. name: a quoted identifier. param: `:x`, `@x`, `@@json`, `$x`, `?`, `?1`.
 * op: an operator or punctuation.
 */
export type TokenKind = 'word' | 'name' | 'string' | 'blob' | 'number' | 'param' | 'op'

export interface Token {
  readonly kind: TokenKind
  /** As typed. */
  readonly text: string
  /** Upper case of a word; the text of an operator; the decoded value of a name or string; a parameter's name without its mark. */
  readonly value: string
  /** 0-based offsets into the text that was lexed. */
  readonly start: number
  readonly end: number
}

export interface Lexed {
  readonly tokens: readonly Token[]
  /** Contents of `/*+ … *\/` comments, upper case, with the offset they stand at. */
  readonly hints: readonly { readonly text: string; readonly start: number }[]
}

const WORD_START = /[A-Za-z_\u0080-\uffff]/
const BLOB: Pattern = ['blob', /[xX]'[0-9A-Fa-f]*'/y]
const WORD: Pattern = ['word', /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y]
const NUMBER: Pattern = [
  'number',
  /0[xX][0-9A-Fa-f](?:_?[0-9A-Fa-f])*|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y,
]
const PARAM: Pattern = [
  'param',
  /@@[A-Za-z_]\w*|[:@$#][A-Za-z0-9_\u0080-\uffff$]+(?:::[A-Za-z0-9_$]+)*|\?\d*/y,
]
const OP: Pattern = ['op', /->>|->|\|\||<<|>>|<=|<>|>=|==|!=|[=<>+\-*/%&|~,;().]/y]
type Pattern = readonly [TokenKind, RegExp]

/** What a token that begins with a character can be. */
function patternsOf(c: string): readonly Pattern[] {
  if (WORD_START.test(c)) return c === 'x' || c === 'X' ? [BLOB, WORD] : [WORD]
  if (c >= '0' && c <= '9') return [NUMBER]
  return c === '.' ? [NUMBER, OP] : ':@$#?'.includes(c) ? [PARAM] : [OP]
}

const QUOTES: Readonly<Record<string, { close: string; kind: TokenKind; what: string }>> = {
  "'": { close: "'", kind: 'string', what: 'string' },
  '"': { close: '"', kind: 'name', what: 'quoted name' },
  '`': { close: '`', kind: 'name', what: 'quoted name' },
  '[': { close: ']', kind: 'name', what: 'quoted name' },
}

/**
 * Splits text into tokens by SQLite's rules (sqlite.org/lang_expr.html; tokenize.c), leaving out blanks and comments.
 * @throws ConfluentqlError SYNTAX for an unterminated string or name, a NUL, or a character that no token begins with.
 */
export function lex(text: string): Lexed {
  const tokens: Token[] = []
  const hints: { text: string; start: number }[] = []
  let at = 0
  while (at < text.length) {
    const c = text[at]!
    if (c === ' ' || c === '\n' || c === '\t' || c === '\r' || c === '\f' || c === '\ufeff') at++
    else if (c === '-' && text[at + 1] === '-') at = endOf(text, '\n', at)
    else if (c === '/' && text[at + 1] === '*') {
      const end = endOf(text, '*/', at + 2)
      if (text[at + 2] === '+')
        hints.push({
          text: text
            .slice(at + 3, end - 2)
            .trim()
            .toUpperCase(),
          start: at,
        })
      at = end
    } else {
      const token = QUOTES[c] ? quoted(text, at) : plain(text, at)
      tokens.push(token)
      at = token.end
    }
  }
  return { tokens, hints }
}

function endOf(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found < 0 ? text.length : found + what.length
}

function quoted(text: string, start: number): Token {
  const { close, kind, what } = QUOTES[text[start]!]!
  let end = start + 1
  for (;;) {
    end = text.indexOf(close, end)
    if (end < 0) {
      throw new ConfluentqlError('SYNTAX', `unterminated ${what}`, {
        span: { start, end: Math.min(text.length, start + 1) },
        hint: `close it with ${close}`,
      })
    }
    end++
    if (close === ']' || text[end] !== close) break
    end++
  }
  const raw = text.slice(start, end)
  const value = close === ']' ? raw.slice(1, -1) : raw.slice(1, -1).replaceAll(close + close, close)
  if (raw.includes('\0')) nul(start + raw.indexOf('\0'))
  return { kind, text: raw, value, start, end }
}

function plain(text: string, start: number): Token {
  for (const [kind, pattern] of patternsOf(text[start]!)) {
    pattern.lastIndex = start
    const found = pattern.exec(text)
    if (!found) continue
    const raw = found[0]
    const end = start + raw.length
    if (kind === 'number' && end < text.length && WORD_START.test(text[end]!)) break
    const value =
      kind === 'word' ? raw.toUpperCase() : kind === 'param' ? raw.replace(/^(?:@@|[:@$#?])/, '') : raw
    return { kind, text: raw, value, start, end }
  }
  if (text[start] === '\0') nul(start)
  const shown = JSON.stringify(String.fromCodePoint(text.codePointAt(start)!))
  const hint = text.startsWith('::', start)
    ? { hint: 'write CAST(value AS type)' }
    : text.startsWith('{{', start)
      ? { hint: 'write :name, and give its value with -v name=… or .set name …' }
      : {}
  throw new ConfluentqlError('SYNTAX', `unexpected character ${shown}`, {
    span: { start, end: start + 1 },
    ...hint,
  })
}

function nul(start: number): never {
  throw new ConfluentqlError('SYNTAX', 'the statement has a NUL byte', { span: { start, end: start + 1 } })
}

/** Whether a token is one of the given keywords (upper case). */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.value)
}

/** Whether a token is one of the given operators. */
export function isOp(token: Token | undefined, ...ops: readonly string[]): boolean {
  return token?.kind === 'op' && ops.includes(token.value)
}

/** Whether a token is one of many keywords (upper case). */
export function isWordOf(token: Token | undefined, words: ReadonlySet<string>): boolean {
  return token?.kind === 'word' && words.has(token.value)
}

/** Whether a token is one of many operators. */
export function isOpOf(token: Token | undefined, ops: ReadonlySet<string>): boolean {
  return token?.kind === 'op' && ops.has(token.value)
}

/** The name that an identifier token gives: its text, or the inside of its quotes. */
export function nameOf(token: Token): string {
  return token.kind === 'word' ? token.text : token.value
}

/** Whether a token can be an identifier: a word or a quoted name. */
export function isName(token: Token | undefined): token is Token & { readonly kind: 'word' | 'name' } {
  return token?.kind === 'word' || token?.kind === 'name'
}

/** Characters of documents and chats that are parts of names to SQLite: what to write instead; undefined if the word has none. */
export function typographic(word: string): string | undefined {
  if (/[\u2018\u2019\u201a\u201c-\u201e\u00ab\u00bb]/.test(word))
    return "a text is written in straight single quotes: '…'"
  if (/[\u00a0\u2000-\u200b\u202f\u3000]/.test(word))
    return 'there is a no-break space, or another that is none to SQL: write a plain one'
  return /[\u2013\u2014]/.test(word)
    ? 'a dash is no minus: a comment begins with two plain ones, --'
    : undefined
}
