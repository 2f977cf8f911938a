import type { Span } from '../../errors.ts'
import type { About } from '../../render/types.ts'
import type { Piece } from '../../sql/split.ts'
import { maskText } from '../../secrets.ts'
import { shownStatement } from '../../sql/secrets.ts'

/** A line of a comment, without its delimiters. */
export interface CommentLine extends Span {
  readonly text: string
  /** A blank line or code separates it from the comment line before. */
  readonly isApart: boolean
}

/** The comment lines between two offsets. */
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

const KEYWORD = /^(title|report|var|check)\s*:\s*/i
/** What only a comment with `check: …` above it makes a directive. */
const OF_CHECK = /^(severity|owner|finding)\s*:\s*/i

/** Whether a comment line gives the severity, owner or key columns of a check. */
export const isOfCheck = (line: string): boolean => OF_CHECK.test(line)

/** A directive in a comment: `title: …`, `report: …`, `var: …` or `check: …`; undefined for any other comment. */
export function directiveOf(line: string): { readonly name: string; readonly value: string } | undefined {
  const found = KEYWORD.exec(line)
  return found ? { name: found[1]!.toLowerCase(), value: line.slice(found[0].length).trim() } : undefined
}

/** The comment lines above a statement. `from` is the end of the previous statement. */
export function linesAbove(
  text: string,
  comments: readonly Span[],
  from: number,
  { start }: Piece,
): CommentLine[] {
  const lines = commentLines(text, comments, from, start)
  // a comment on the last line of the previous statement belongs to that statement
  if (from > 0 && lines.length > 0 && !text.slice(from, lines[0]!.start).includes('\n')) lines.shift()
  return lines
}

/**
 * The title and note of a statement from the comment lines above it, and the statement with possible secrets masked. The
 * note is the text below the last title, or without a title the comment directly above. The text of a check is a title too.
 */
export function aboutOf(text: string, lines: readonly CommentLine[], piece: Piece): About {
  const sql = shownStatement(text, piece)
  const last = (name: string): number => lines.findLastIndex(l => directiveOf(l.text)?.name === name)
  const isCheck = last('check') >= 0
  const at = last('title') >= 0 ? last('title') : last('check')
  const title = at < 0 ? undefined : directiveOf(lines[at]!.text)?.value
  const noteLines = at < 0 ? adjacent(text, lines, piece.start) : lines.slice(at + 1)
  const note = paragraphs(
    noteLines.filter(l => directiveOf(l.text) === undefined && !(isCheck && isOfCheck(l.text))),
  )
  return {
    ...(title !== undefined && title !== '' && { title: maskText(title) }),
    ...(note !== '' && { note: maskText(note) }),
    sql,
  }
}

/** What makes a statement a check: `-- check: …`, and `-- severity: …`, `-- owner: …` and `-- finding: …` beside it. */
export interface CheckDirective extends Span {
  /** What must be true. */
  readonly text: string
  readonly severity: string | undefined
  readonly owner: string | undefined
  /** The columns that identify a finding, separated by commas. */
  readonly finding: string | undefined
}

/** The checks that comment lines declare. */
export function checksOf(lines: readonly CommentLine[]): CheckDirective[] {
  const value = (name: string): string | undefined => {
    const found = lines.map(l => OF_CHECK.exec(l.text)).findLast(m => m?.[1]!.toLowerCase() === name)
    return found?.input.slice(found[0].length).trim()
  }
  return lines.flatMap(line => {
    const directive = directiveOf(line.text)
    if (directive?.name !== 'check') return []
    const { start, end } = line
    const [severity, owner, finding] = [value('severity'), value('owner'), value('finding')]
    return [{ text: directive.value, severity, owner, finding, start, end }]
  })
}

/** The last block of comment lines, if it is directly above `start`. */
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

/** Joins lines to paragraphs. An empty line, or a blank line between comments, begins a paragraph; list items keep their lines. */
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
