import type { Span } from '../../errors.ts'
import { scan } from '../../sql/scan.ts'
import { pieceOf, type Piece } from '../../sql/split.ts'
import { isQuit, readTerminator, SCRIPT } from './dialect.ts'

/** A statement or meta-command of a script. Offsets count in the whole script. */
export type Item =
  | {
      readonly kind: 'statement'
      readonly piece: Piece
      /** A semicolon or another terminator ends it. */
      readonly isClosed: boolean
      /** Terminated by `\gx` or `\G`: its rows are shown in vertical format. */
      readonly vertical: boolean
    }
  | {
      readonly kind: 'meta'
      readonly at: Span
      /** The command, if it is written as part of a statement at this place, and how it is called there: `\\g`. */
      readonly within?: { readonly text: string; readonly spelling: string }
    }

export interface Items {
  readonly items: readonly Item[]
  /** Comments, without hints. */
  readonly comments: readonly Span[]
}

/**
 * Splits a script into statements and meta-commands. A meta-command is a line that begins with a dot or backslash where a
 * statement could begin. A first line with `#!` is ignored, as is everything after `.quit`.
 * @throws ConfluentqlError SYNTAX
 */
export function readItems(text: string): Items {
  const found = scan(
    text.startsWith('#!') ? text.replace(/^[^\n]*/, line => ' '.repeat(line.length)) : text,
    SCRIPT,
  )
  const quit = found.items.findIndex(i => i.kind === 'command' && isQuit(text.slice(i.start, i.end)))
  const read = quit < 0 ? found.items : found.items.slice(0, quit + 1)
  const items = read.flatMap((item): Item[] => {
    if (item.kind === 'command') return [{ kind: 'meta', at: { start: item.start, end: item.end } }]
    if (!item.hasToken) return []
    const { spelling, isVertical, destination } = readTerminator(
      item.ending ? text.slice(item.ending.start, item.ending.end) : '',
    )
    return [
      ...(destination === undefined
        ? []
        : [{ kind: 'meta', at: item.ending!, within: { text: `.once ${destination}`, spelling } } as const]),
      { kind: 'statement', piece: pieceOf(text, item), isClosed: item.isClosed, vertical: isVertical },
    ]
  })
  const stop = quit < 0 ? text.length : found.items[quit]!.end
  const comments = found.comments.filter(c => c.end <= stop && !text.startsWith('/*+', c.start))
  return { items, comments }
}
