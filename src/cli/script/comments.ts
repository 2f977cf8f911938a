import type { Span } from '../../errors.ts'
import type { About } from '../../render/types.ts'
import type { Piece } from '../../sql/split.ts'
import { maskText } from '../../secrets.ts'
import { shownStatement } from '../../sql/secrets.ts'

/** A line of a comment, without its marks. */
export interface CommentLine extends Span {
  readonly text: string
  /** A blank line, or anything but a comment, stands between it and the line before. */
  readonly isApart: boolean
}

/** The lines of comments that stand in a text between two offsets. */
export function commentLines(
  text: string,
  comments: readonly Span[],
  from: number,
  to: number,
): CommentLine[] {
  let last = from
  return comments
    .filter(c => c.start >= from && c.end <= to)
    .flatMap(comment => {
      const isApart =
        (text.slice(last, comment.start).match(/\n/g) ?? []).length > 1
        || text.slice(last, comment.start).trim() !== ''
      const isBlock = text.startsWith('/*', comment.start)
      const raw = text.slice(comment.start, comment.end)
      last = comment.end
      if (!isBlock) return [{ ...comment, text: raw.replace(/^--/, '').trim(), isApart }]
      const lines = raw
        .replace(/^\/\*+/, '')
        .replace(/\*+\/$/, '')
        .split('\n')
        .map(l => l.replace(/^\s*\*(?=\s|$)/, '').trim())
      return lines
        .map((line, i) => ({ ...comment, text: line, isApart: i === 0 && isApart }))
        .filter((l, i) => l.text !== '' || (i > 0 && i < lines.length - 1))
    })
}

const KEYWORD = /^(title|report|var)\s*:\s*/i

/** The name and the value of a comment that says something to the program; undefined for any other. */
export function directiveOf(line: string): { readonly name: string; readonly value: string } | undefined {
  const found = KEYWORD.exec(line)
  return found ? { name: found[1]!.toLowerCase(), value: line.slice(found[0].length).trim() } : undefined
}

/**
 * What the comments above a statement say of it: the last title, and as its note what stands below the title, or without
 * one what stands directly above the statement; and the statement, without texts that may be secrets. `from` is where the statement before ends.
 */
export function aboutOf(text: string, comments: readonly Span[], from: number, piece: Piece): About {
  const sql = shownStatement(text, piece)
  const lines = commentLines(text, comments, from, piece.start)
  // what stands on the last line of the statement before belongs to that
  if (from > 0 && lines.length > 0 && !text.slice(from, lines[0]!.start).includes('\n')) lines.shift()
  const at = lines.findLastIndex(l => directiveOf(l.text)?.name === 'title')
  const title = at < 0 ? undefined : directiveOf(lines[at]!.text)?.value
  const own = at < 0 ? adjacent(text, lines, piece.start) : lines.slice(at + 1)
  const note = paragraphs(own.filter(l => directiveOf(l.text) === undefined))
  return {
    ...(title !== undefined && title !== '' && { title: maskText(title) }),
    ...(note !== '' && { note: maskText(note) }),
    sql,
  }
}

/** The lines that nothing parts from each other and from what follows. */
function adjacent(text: string, lines: readonly CommentLine[], start: number): readonly CommentLine[] {
  const last = lines.at(-1)
  if (!last || (text.slice(last.end, start).match(/\n/g) ?? []).length > 1) return []
  return lines.slice(
    Math.max(
      0,
      lines.findLastIndex(l => l.isApart),
    ),
  )
}

/** Lines run on; an empty one, or a blank line between comments, begins a paragraph, and a list keeps its lines. */
function paragraphs(lines: readonly CommentLine[]): string {
  let result = ''
  for (const { text, isApart } of lines) {
    if (text === '' || (isApart && result !== '')) result = `${result.trimEnd()}\n\n`
    if (text !== '')
      result +=
        result === '' || result.endsWith('\n')
          ? text
          : `${/^(?:[-*•]|\d+[.)])\s/.test(text) ? '\n' : ' '}${text}`
  }
  return result.trim()
}
