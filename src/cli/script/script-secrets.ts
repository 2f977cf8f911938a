import type { Span } from '../../errors.ts'
import { isSecretName, secretParts } from '../../secrets.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { scan, type Scan } from '../../sql/scan.ts'
import { secretTokens, secretValues } from '../../sql/secrets.ts'
import { SCRIPT } from './dialect.ts'
import { META, spellings } from './meta.ts'

/** Possible secrets in a script. */
export interface ScriptSecrets {
  /** Their places in order, with the quotes of a string. */
  readonly spans: readonly Span[]
  /** Their texts, to be masked wherever they occur. */
  readonly texts: readonly string[]
}

let lastScan: { readonly text: string; readonly scan: Scan } | undefined

/** Scans a script, caching the last one: each error of a script needs the scan of its whole text. */
function scanned(text: string): Scan {
  if (lastScan?.text !== text) lastScan = { text, scan: scan(text, SCRIPT) }
  return lastScan.scan
}

/** The secrets in the statements, commands and comments that overlap a part of a script. */
export function secretsOfScript(text: string, { start, end }: Span): ScriptSecrets {
  const { items, comments } = scanned(text)
  const isNear = (span: Span): boolean => span.start <= end && span.end >= start
  const spans: Span[] = []
  const texts: string[] = []
  for (const item of items.filter(isNear)) {
    const part = text.slice(item.start, item.end)
    if (item.kind === 'command') {
      const found = secretsOfCommand(part)
      spans.push(...found.map(s => ({ start: s.start + item.start, end: s.end + item.start })))
      texts.push(...found.map(s => part.slice(s.start, s.end)))
      continue
    }
    const tokens = lexOpen(part, item.start)
    spans.push(...secretTokens(tokens))
    texts.push(...secretValues(tokens))
  }
  for (const comment of comments.filter(isNear))
    for (const s of secretParts(text.slice(comment.start, comment.end)))
      spans.push({ start: s.start + comment.start, end: s.end + comment.start })
  return { spans: spans.sort((a, b) => a.start - b.start), texts }
}

/** Secrets in a command line: the values after a secret's name in `.set` or an unknown command, and texts that look like secrets. */
function secretsOfCommand(line: string): readonly Span[] {
  const [spelling = ''] = /\S+/.exec(line) ?? []
  const known = META.find(c => spellings(c).includes(spelling))
  if (known !== undefined && known.name !== 'set') return secretParts(line)
  const words = [...line.matchAll(/\S+/g)].slice(1)
  const named = words.findIndex(([word]) => isSecretName(word))
  const rest = named < 0 ? [] : words.slice(named + 1)
  return rest.length === 0
    ? secretParts(line)
    : rest.map(({ index, 0: word }) => ({ start: index, end: index + word.length }))
}
