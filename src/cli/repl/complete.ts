import { FORMAT_KINDS, wordsAfter } from '../script/format-rules.ts'
import { HELP_TOPICS } from '../script/help-topics.ts'
import { META, type MetaCommand, spellings } from '../script/meta.ts'
import { isMeta } from '../script/read-meta.ts'
import type { Candidate, CandidatesFrom, Completion } from './candidate.ts'
import type { Known } from './session-info.ts'
import { completeSql } from './complete-sql.ts'
import { scan } from './scan.ts'
import { tables, tablesByParts } from './catalog-candidates.ts'

/**
 * The completion at the cursor. Each candidate begins with the text between `from` and the cursor, compared without
 * regard to case; tables that do not are offered if none does. Accepts any text without throwing.
 */
export function complete(text: string, cursor: number, known: Known): Completion {
  const lineStart = text.lastIndexOf('\n', cursor - 1) + 1
  const line = text.slice(lineStart, cursor)
  const isFree =
    scan(text.slice(0, lineStart)).open === undefined && /(?:^|[;\n])\s*$/.test(text.slice(0, lineStart))
  const { from, candidates, otherwise } =
    isFree && (isMeta(line) || /^\s*[.\\]$/.test(line))
      ? completeMeta(line, lineStart, known)
      : completeSql(text, cursor, known)
  const typed = text.slice(from, cursor).toLowerCase()
  const found = candidates.filter(c => c.text.toLowerCase().startsWith(typed))
  const isByParts = found.length === 0
  return { from, to: cursor, candidates: isByParts ? (otherwise?.() ?? []) : found, isByParts }
}

function completeMeta(line: string, lineStart: number, known: Known): CandidatesFrom {
  const [, blanks = '', spelling = '', rest] = /^(\s*)(\S+)(\s.*)?$/s.exec(line) ?? []
  if (rest === undefined) {
    const mark = spelling[0]
    return {
      from: lineStart + blanks.length,
      candidates: META.flatMap(c =>
        spellings(c)
          .filter(s => s[0] === mark)
          .map(text => ({ text, suffix: c.args === '' ? '' : ' ' })),
      ),
    }
  }
  const command = META.find(c => spellings(c).includes(spelling))
  const typed = /\S*$/.exec(rest)![0]
  const from = lineStart + line.length - typed.length
  const before = rest
    .slice(0, rest.length - typed.length)
    .split(/\s+/)
    .filter(word => word !== '')
  if (command?.complete === 'column-format') return { from, candidates: columnFormat(before, known) }
  if (!command || (before.length > 0 && command.complete !== 'file')) return { from, candidates: [] }
  return argument(command, typed, from, known)
}

/** The words of `.format COLUMN FORMAT…`. */
function columnFormat(before: readonly string[], { sessionInfo }: Known): Candidate[] {
  const ended = (words: readonly string[]): Candidate[] => words.map(text => ({ text, suffix: ' ' }))
  if (before.length === 0) return ended([...(sessionInfo.resultColumns ?? []).map(argumentText), '*'])
  return before.length === 1 ? ended(FORMAT_KINDS) : candidatesOf(wordsAfter(before[1]!, before.slice(2)))
}

/** An argument of a meta-command, quoted if it needs to be. */
function argumentText(text: string): string {
  return /^[^\s"';]+$/.test(text) && !text.includes('--') ? text : `"${text.replaceAll('"', '""')}"`
}

const candidatesOf = (texts: readonly string[]): Candidate[] => texts.map(text => ({ text }))

function argument(
  { complete: kind, args }: MetaCommand,
  typed: string,
  from: number,
  known: Known,
): CandidatesFrom {
  switch (kind) {
    case 'format':
      return { from, candidates: candidatesOf(known.formats) }
    case 'on-off':
      return { from, candidates: candidatesOf(args.match(/\b(?:on|off|auto|bodies)\b/g) ?? []) }
    case 'profile':
      return { from, candidates: candidatesOf(known.profiles) }
    case 'command':
      return {
        from,
        candidates: [...META.flatMap(c => candidatesOf(spellings(c))), ...candidatesOf(HELP_TOPICS)],
      }
    case 'variable':
      return { from, candidates: candidatesOf(known.sessionInfo.variables) }
    case 'file':
      return {
        from,
        candidates: known.files(typed).map(text => ({ text, suffix: text.endsWith('/') ? '' : ' ' })),
      }
    case 'table': {
      const parts = typed.split('.')
      return {
        from: from + typed.length - parts.at(-1)!.length,
        candidates: tables(parts.slice(0, -1), 'any', known),
        ...(parts.length === 1 && { otherwise: () => tablesByParts(typed, 'any', known) }),
      }
    }
    default:
      return { from, candidates: [] }
  }
}
