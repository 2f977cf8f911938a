import type { Allowed } from '../../render/parquet/columns.ts'
import type { ResultColumn } from '../../render/types.ts'

/** What a run is of. Only a run of the same can complete it. */
export interface Subject {
  /** The statement or table, with literals that may be secrets masked. */
  readonly statement: string
  /** Of the statement and its variables as they are given. */
  readonly hash: string
  readonly partitionBy: readonly string[]
  readonly format: string
  /** Where the rows come from: profiles, an endpoint, the sandbox. */
  readonly source: string
  readonly columns: readonly ResultColumn[]
}

/** A file of a partition. */
export interface WrittenFile {
  /** Relative to the folder of the export. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/** A unit that was written completely: all its files, and for parquet the types of their columns. */
export interface Done {
  readonly unit: string
  readonly files: readonly WrittenFile[]
  readonly types: string
  readonly allowed: readonly Allowed[]
}

/** A line of the record: what the run is of, a file that is about to appear, a unit that is complete. */
export type Line =
  { readonly subject: Subject } | { readonly unit: string; readonly begun: string } | { readonly done: Done }

/** The contents of the record of an earlier run. A line that was cut off by the end of the process does not count. */
export function readLines(text: string): Line[] {
  const lines = text.split('\n')
  // the last has no line end
  lines.pop()
  return lines.map(line => JSON.parse(line) as Line)
}

const NAMES: Readonly<Record<Exclude<keyof Subject, 'hash'>, string>> = {
  statement: 'the statement',
  partitionBy: '--partition-by',
  format: 'the format',
  source: 'the profile, endpoint or sandbox',
  columns: 'the columns of the result',
}

/** What differs between two subjects: `--partition-by was environment, and is cluster`; undefined if nothing does. */
export function differenceOf(was: Subject, is: Subject): string | undefined {
  for (const [key, name] of Object.entries(NAMES)) {
    const [old, now] = [was, is].map(s => shown(s[key as keyof Subject]))
    if (old !== now) return `${name} was ${old}, and is ${now}`
  }
  return was.hash === is.hash ? undefined : 'the statement or a variable differs in a value that is not shown'
}

function shown(value: Subject[keyof Subject]): string {
  if (typeof value === 'string') return value.replaceAll(/\s+/g, ' ')
  return value.map(one => (typeof one === 'string' ? one : `${one.name} ${one.type}`)).join(', ') || 'nothing'
}
