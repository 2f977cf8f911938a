import type { Value } from '../../catalog/types.ts'
import type { Format } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { inferredValue } from '../script/variables.ts'

/** What statements run with: the command line says how it begins, meta-commands change it. */
export interface Settings {
  /** Texts come one by one, as at a prompt: each has an output of its own, and what a later one brings is not known. */
  readonly interactive: boolean
  /** Of standard output. */
  format: Format
  /** Rows as in vertical: always, never, or where a table would be too wide for the terminal. */
  expanded: 'on' | 'off' | 'auto'
  header: boolean
  nullText: string | undefined
  readonly delimiter: string | undefined
  timer: boolean
  explain: boolean
  trace: boolean
  readonly quiet: boolean
  readonly continueOnError: boolean
  dryRun: boolean
  /** It was begun so, and stays so. */
  readonly isDryRunOnly: boolean
  /** A change of several rows that was typed at a prompt is asked about before it is sent. */
  confirm: boolean
  /** The file of --out. */
  readonly out: string | undefined
  /** Values of `:name` that the user gave. */
  readonly variables: Record<string, Value>
  /** Values that the session binds: those that were given, as their declarations have them, and declared defaults. */
  readonly bound: Record<string, Value>
  /** Name of the profile; undefined: the one that the environment says. */
  profile: string | undefined
  /** Against the embedded sandbox, whose profile is the only one. */
  readonly sandbox: boolean
  /** Seconds that reads are kept. */
  cache: number | undefined
}

/** How a run, or a shell, begins. `atTerminal`: a person types, and is told more than a pipe. */
export function settingsOf(options: CliOptions, { interactive = false, atTerminal = false } = {}): Settings {
  const variables = Object.entries(options.variables).map(
    ([name, text]) => [name, inferredValue(text)] as const,
  )
  return {
    interactive,
    format: options.format,
    expanded: atTerminal ? 'auto' : 'off',
    header: options.header,
    nullText: options.nullText,
    delimiter: options.delimiter,
    timer: atTerminal && !options.quiet,
    explain: false,
    trace: options.trace,
    quiet: options.quiet,
    continueOnError: options.continueOnError,
    dryRun: options.dryRun,
    isDryRunOnly: options.dryRun,
    confirm: true,
    out: options.out,
    variables: Object.fromEntries(variables),
    bound: Object.fromEntries(variables),
    profile: options.profile,
    sandbox: options.sandbox,
    cache: undefined,
  }
}
