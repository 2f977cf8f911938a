import type { Span } from '../../errors.ts'
import { split, type Piece } from '../../sql/split.ts'
import { isMeta } from './meta.ts'

/** A part of a script, in the order in which they stand. All offsets count in the whole script. */
export type Item =
  | {
      readonly kind: 'statement'
      readonly piece: Piece
      /** Ended by `\gx` or `\G`: its rows are shown as in vertical. */ readonly vertical: boolean
    }
  | { readonly kind: 'meta'; readonly at: Span }

export interface Items {
  readonly items: readonly Item[]
  /** The script's text for the session: what is no SQL in it is blank, every offset is as it was. */
  readonly sql: string
  /** Comments, hints left out. */
  readonly comments: readonly Span[]
}

/**
 * Takes a script apart into statements and meta-commands. A meta-command is a line that begins as one where a statement
 * could begin. `#!` begins a line that is left out; nothing is read after `.quit`.
 * @throws ConfluentqlError SYNTAX
 */
export function readItems(text: string): Items {
  const { metas, ends, comments, blanks, stop } = scan(text)
  const sql = blanked(text, blanks, stop)
  const pieces = split(sql)
  const vertical = new Set(ends.filter(e => e.isVertical).map(e => pieces.findLast(p => p.end <= e.start)))
  const statements = pieces.map(piece => ({
    kind: 'statement' as const,
    piece,
    vertical: vertical.has(piece),
  }))
  const lines = metas.map(at => ({ kind: 'meta' as const, at }))
  const start = (item: Item): number => (item.kind === 'meta' ? item.at.start : item.piece.start)
  return { items: [...statements, ...lines].sort((a, b) => start(a) - start(b)), sql, comments }
}

interface Scanned {
  readonly metas: Span[]
  /** Where `\gx`, `\G` and `\g` stand for a semicolon. */
  readonly ends: (Span & { readonly isVertical: boolean })[]
  readonly comments: Span[]
  /** What is no SQL, and the one character that stands for it. */
  readonly blanks: (Span & { readonly by: string })[]
  /** Where reading ends. */
  stop: number
}

/** What the lexer takes for one; a no-break space, say, is part of a name to SQLite. */
const BLANK = /[ \t\n\r\f\ufeff]/
const PLAIN = /[^\s'"`[\-/;\\]+/y
const END = /\\(?:gx|g|G)(?![A-Za-z0-9_])/y
const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' }

/** Knows of SQL only where strings, names and comments end. */
function scan(text: string): Scanned {
  const found: Scanned = { metas: [], ends: [], comments: [], blanks: [], stop: text.length }
  let at = 0
  let isOpen = false
  let isLineStart = true
  if (text.startsWith('#!')) {
    at = lineEnd(text, 0)
    found.blanks.push({ start: 0, end: at, by: ' ' })
  }
  while (at < text.length) {
    const c = text[at]!
    if (c === '\n') isLineStart = true
    if (BLANK.test(c)) {
      at++
      continue
    }
    const end = lineEnd(text, at)
    if (
      isLineStart
      && !isOpen
      && (c === '.' || c === '\\')
      && isMeta(text.slice(at, Math.min(end, at + 2)))
    ) {
      at = metaLine(text, at, end, found)
      continue
    }
    isLineStart = false
    const comment = commentEnd(text, at)
    if (comment !== undefined) {
      if (!text.startsWith('/*+', at)) found.comments.push({ start: at, end: comment })
      at = comment
      continue
    }
    END.lastIndex = at
    const ending: string | undefined = isOpen && c === '\\' ? END.exec(text)?.[0] : undefined
    if (ending !== undefined) {
      found.ends.push({ start: at, end: at + ending.length, isVertical: ending !== '\\g' })
      found.blanks.push({ start: at, end: at + ending.length, by: ';' })
    }
    isOpen = c !== ';' && ending === undefined
    at = ending === undefined ? tokenEnd(text, at) : at + ending.length
  }
  return found
}

/** Takes a meta-command's line; returns where to go on. */
function metaLine(text: string, at: number, end: number, found: Scanned): number {
  found.metas.push({ start: at, end })
  found.blanks.push({ start: at, end, by: ' ' })
  if (!/^(?:\.quit|\.exit|\\q)\s*(?:;\s*)?(?:--.*)?$/.test(text.slice(at, end))) return end
  found.stop = end
  return text.length
}

function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith('--', at)) return lineEnd(text, at)
  if (!text.startsWith('/*', at)) return undefined
  const end = text.indexOf('*/', at + 2)
  return end < 0 ? text.length : end + 2
}

function tokenEnd(text: string, at: number): number {
  const closing = CLOSING[text[at]!]
  if (closing !== undefined) {
    // a doubled quote inside only ends one string and begins another
    const end = text.indexOf(closing, at + 1)
    return end < 0 ? text.length : end + 1
  }
  PLAIN.lastIndex = at
  return at + (PLAIN.exec(text)?.[0].length ?? 1)
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function blanked(text: string, blanks: Scanned['blanks'], stop: number): string {
  let result = ''
  let from = 0
  for (const { start, end, by } of blanks) {
    result += text.slice(from, start) + by + ' '.repeat(end - start - 1)
    from = end
  }
  return from === 0 && stop === text.length ? text : result + text.slice(from, stop)
}
