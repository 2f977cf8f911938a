import { ConfluentqlError } from '../errors.ts'
import { didYouMean } from '../plan/names.ts'
import { FORMAT_NAMES } from '../render/renderer.ts'
import type { Format } from '../render/types.ts'

/** The format of that name. @throws ConfluentqlError USAGE */
export function formatNamed(name: string): Format {
  const found =
    FORMAT_NAMES.find(f => f === name.toLowerCase())
    ?? (name.toLowerCase() === 'jsonl' ? 'ndjson' : undefined)
  if (found) return found
  const called = formatByAlias(name.toLowerCase())
  const near = called === undefined ? didYouMean(name, FORMAT_NAMES) : `; did you mean "${called}"?`
  throw new ConfluentqlError('USAGE', `no output format ${JSON.stringify(name)}${near}`, {
    hint: `formats: ${FORMAT_NAMES.join(', ')}`,
  })
}

/** Names that other programs use for formats. */
const ALIASES: Readonly<Record<string, string>> = {
  line: 'vertical',
  lines: 'vertical',
  expanded: 'vertical',
  box: 'table',
  duckbox: 'table',
  column: 'table',
  columns: 'table',
  aligned: 'table',
  pretty: 'table',
  psql: 'table',
  tabs: 'tsv',
  list: 'tsv',
  unaligned: 'tsv',
  jsonlines: 'ndjson',
  md: 'markdown',
  excel: 'xlsx',
}

/** The format that other programs call by this name. */
export function formatByAlias(name: string): string | undefined {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined
}
