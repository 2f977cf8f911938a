import { ConfluentqlError } from '../errors.ts'
import { hintForCharacter } from './odd-characters.ts'

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

const BLOB = /[xX]'[0-9A-Fa-f]*'/y
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const NUMBER =
  /0[xX][0-9A-Fa-f](?:_?[0-9A-Fa-f])*|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y
const PARAM = /@@[A-Za-z_]\w*|[:@$#][A-Za-z0-9_\u0080-\uffff$]+(?:::[A-Za-z0-9_$]+)*|\?\d*/y
/** Operators of two characters. `::` is the conversion of Postgres, which src/plan/translation replaces: SQLite has no such token. */
const PAIRS: ReadonlySet<string> = new Set(['->', '||', '<<', '>>', '<=', '<>', '>=', '==', '!=', '::'])

function isWordStart(c: string): boolean {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_' || c >= '\u0080'
}

function isDigit(c: string): boolean {
  return c >= '0' && c <= '9'
}

/** The end of what a sticky pattern matches at an offset; the offset if it does not match. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** The end of the operator at an offset; the offset if there is none. */
function operatorEnd(text: string, at: number): number {
  if (text.startsWith('->>', at)) return at + 3
  if (PAIRS.has(text.slice(at, at + 2))) return at + 2
  return '=<>+-*/%&|~,;().'.includes(text[at]!) ? at + 1 : at
}

const QUOTES: Readonly<Record<string, { close: string; kind: TokenKind; what: string }>> = {
  "'": { close: "'", kind: 'string', what: 'string' },
  '"': { close: '"', kind: 'name', what: 'quoted name' },
  '`': { close: '`', kind: 'name', what: 'quoted name' },
  '[': { close: ']', kind: 'name', what: 'quoted name' },
}

/** Whether a character begins a string or quoted name. */
function isQuote(c: string): boolean {
  return c === "'" || c === '"' || c === '`' || c === '['
}

/** Where a string, quoted name or comment ends: at its closing mark, or at the end of the text. */
export interface Ending {
  readonly end: number
  readonly isClosed: boolean
}

/** Whether a character separates tokens. SQLite takes other blanks, such as a no-break space, for parts of names. */
export function isBlank(c: string): boolean {
  return c === ' ' || c === '\n' || c === '\t' || c === '\r' || c === '\f' || c === '\ufeff'
}

/** The end of the comment that begins at an offset; a line comment ends before its line end. Undefined if none begins there. */
export function commentEnd(text: string, at: number): Ending | undefined {
  if (text.startsWith('--', at)) {
    const end = text.indexOf('\n', at)
    return { end: end < 0 ? text.length : end, isClosed: true }
  }
  if (!text.startsWith('/*', at)) return undefined
  const end = text.indexOf('*/', at + 2)
  return end < 0 ? { end: text.length, isClosed: false } : { end: end + 2, isClosed: true }
}

/** The end of the string or quoted name that begins at an offset. Undefined if none begins there. */
export function quotedEnd(text: string, at: number): Ending | undefined {
  const c = text[at]
  if (c === undefined || !isQuote(c)) return undefined
  const { close } = QUOTES[c]!
  for (let end = text.indexOf(close, at + 1); end >= 0; end = text.indexOf(close, end + 2))
    if (close === ']' || text[end + 1] !== close) return { end: end + 1, isClosed: true }
  return { end: text.length, isClosed: false }
}

/**
 * Splits a text, or the part between two offsets, into tokens by SQLite's rules (sqlite.org/lang_expr.html; tokenize.c),
 * leaving out blanks and comments.
 * @throws ConfluentqlError SYNTAX for an unterminated string or name, a NUL, or a character that no token begins with.
 */
export function lex(text: string, from = 0, to = text.length): Lexed {
  const tokens: Token[] = []
  const hints: { text: string; start: number }[] = []
  let hasWindow = false
  let at = from
  while (at < to) {
    const c = text[at]!
    if ((c <= ' ' || c === '\ufeff') && isBlank(c)) {
      at++
      continue
    }
    const comment = c === '-' || c === '/' ? commentEnd(text, at) : undefined
    if (comment) {
      if (text.startsWith('/*+', at)) hints.push({ text: hintText(text, at, comment), start: at })
      at = comment.end
      continue
    }
    const token = isQuote(c) ? quotedToken(text, at) : plainToken(text, at, tokens)
    tokens.push(token)
    at = token.end
    hasWindow ||= token.value === 'WINDOW'
  }
  return { tokens: hasWindow ? tokens.map(asName) : tokens, hints }
}

/** A token as SQLite reads it: WINDOW begins a clause only before a name and AS, and is a name elsewhere. */
function asName(token: Token, at: number, tokens: readonly Token[]): Token {
  if (!isWord(token, 'WINDOW')) return token
  const [name, as] = [tokens[at + 1], tokens[at + 2]]
  const isClause = (isName(name) || name?.kind === 'string') && !isWord(name, 'AS') && isWord(as, 'AS')
  return isClause ? token : { ...token, kind: 'name', value: token.text }
}

function hintText(text: string, at: number, { end, isClosed }: Ending): string {
  return text
    .slice(at + 3, isClosed ? end - 2 : end)
    .trim()
    .toUpperCase()
}

/** The tokens of an incomplete text; never fails. `offset` is added to their offsets. An unterminated string or name extends to the end. */
export function lexOpen(typed: string, offset = 0): Token[] {
  const text = typed.replaceAll('\0', ' ')
  const tokens: Token[] = []
  let from = 0
  while (from < text.length) {
    try {
      tokens.push(...lex(text, from).tokens)
      break
    } catch (error) {
      const at = (error instanceof ConfluentqlError ? error.span?.start : undefined) ?? from
      tokens.push(...lex(text, from, at).tokens)
      const isOpen = quotedEnd(text, at) !== undefined
      if (isOpen)
        tokens.push({
          kind: QUOTES[text[at]!]!.kind,
          text: text.slice(at),
          value: text.slice(at + 1),
          start: at,
          end: text.length,
        })
      from = isOpen ? text.length : at + 1
    }
  }
  return offset === 0 ? tokens : tokens.map(t => ({ ...t, start: t.start + offset, end: t.end + offset }))
}

function quotedToken(text: string, start: number): Token {
  const { close, kind, what } = QUOTES[text[start]!]!
  const { end, isClosed } = quotedEnd(text, start)!
  if (!isClosed)
    throw new ConfluentqlError('SYNTAX', `unterminated ${what}`, {
      span: { start, end: Math.min(text.length, start + 1) },
      hint:
        close === "'"
          ? "close it with '; a ' within a text is written twice: 'it''s'"
          : `close it with ${close}`,
    })
  const raw = text.slice(start, end)
  const value = close === ']' ? raw.slice(1, -1) : raw.slice(1, -1).replaceAll(close + close, close)
  if (raw.includes('\0')) refuseNul(start + raw.indexOf('\0'))
  return { kind, text: raw, value, start, end }
}

/** The kind and the end of the token at an offset that is no string or quoted name; the end is the offset if there is none. */
function plainEnd(text: string, start: number): { kind: TokenKind; end: number } {
  const c = text[start]!
  if (isWordStart(c)) {
    const blobEnd = (c === 'x' || c === 'X') && text[start + 1] === "'" ? endOf(BLOB, text, start) : start
    if (blobEnd > start) return { kind: 'blob', end: blobEnd }
    return { kind: 'word', end: endOf(WORD, text, start) }
  }
  if (isDigit(c) || (c === '.' && isDigit(text[start + 1] ?? '')))
    return { kind: 'number', end: endOf(NUMBER, text, start) }
  const paramEnd = ':@$#?'.includes(c) ? endOf(PARAM, text, start) : start
  if (paramEnd > start) return { kind: 'param', end: paramEnd }
  return { kind: 'op', end: operatorEnd(text, start) }
}

/** @param before the tokens before it */
function plainToken(text: string, start: number, before: readonly Token[]): Token {
  const { kind, end } = plainEnd(text, start)
  const isNumberInWord = kind === 'number' && end < text.length && isWordStart(text[end]!)
  if (end > start && !isNumberInWord) {
    const raw = text.slice(start, end)
    const value =
      kind === 'word' ? raw.toUpperCase() : kind === 'param' ? raw.replace(/^(?:@@|[:@$#?])/, '') : raw
    return { kind, text: raw, value, start, end }
  }
  if (text[start] === '\0') refuseNul(start)
  const shown = JSON.stringify(String.fromCodePoint(text.codePointAt(start)!))
  const hint = hintForCharacter(text, start, before)
  throw new ConfluentqlError('SYNTAX', `unexpected character ${shown}`, {
    span: { start, end: start + 1 },
    ...(hint !== undefined && { hint }),
  })
}

function refuseNul(start: number): never {
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

/** The name that an identifier token gives: its text, or the inside of its quotes. */
export function nameOf(token: Token): string {
  return token.kind === 'word' ? token.text : token.value
}

/** Whether a token can be an identifier: a word or a quoted name. */
export function isName(token: Token | undefined): token is Token & { readonly kind: 'word' | 'name' } {
  return token?.kind === 'word' || token?.kind === 'name'
}

/** Advice for a word with typographic characters, which SQLite takes for parts of names; undefined if it has none. */
export function typographic(word: string): string | undefined {
  if (/[\u2018\u2019\u201a\u201c-\u201e\u00ab\u00bb]/.test(word))
    return "a text is written in straight single quotes: '…'"
  if (/[\u00a0\u2000-\u200b\u202f\u3000]/.test(word))
    return 'there is a no-break space, or another that is none to SQL: write a plain one'
  return /[\u2013\u2014]/.test(word)
    ? 'a dash is no minus: a comment begins with two plain ones, --'
    : undefined
}
