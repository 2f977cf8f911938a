import type { Value } from '../../catalog/types.ts'
import type { FormatRule } from '../../render/column-format.ts'
import type { Format } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { boundValues, type Declaration, inferredValue } from '../script/variables.ts'

/** The settings of a run: initialized from the command line, changed by meta-commands. */
export interface Settings {
  /** Scripts arrive one at a time, as at a prompt: each has its own output, and later ones are unknown. */
  readonly interactive: boolean
  /** The format of standard output. */
  format: Format
  /**
   * A line for each value: always, never, or where a table does not fit the terminal even with shortened cells. With `off` a
   * wide table is shown whole.
   */
  expanded: 'on' | 'off' | 'auto'
  /** The last value of `expanded` but `on`, to which `\x` returns. */
  unexpanded: 'off' | 'auto'
  header: boolean
  nullText: string | undefined
  /** How columns are shown. */
  formats: readonly FormatRule[]
  readonly delimiter: string | undefined
  /** The time after each statement, with the numbers of rows and requests. */
  timer: boolean
  /** The numbers of rows and requests after each statement, even without the time. */
  readonly counts: boolean
  explain: boolean
  trace: boolean
  /** The trace has bodies too. */
  traceBodies: boolean
  readonly quiet: boolean
  readonly continueOnError: boolean
  dryRun: boolean
  /** The program was started with --dry-run, which cannot be switched off. */
  readonly isDryRunOnly: boolean
  /** Queries leave out calls that cannot be reached; undefined: as the profile says. */
  skipUnreachable: boolean | undefined
  /** Ask before a typed change of several rows is sent. */
  confirm: boolean
  /** The file of --out. */
  readonly out: string | undefined
  /** Values of `:name` given by the user. */
  readonly variables: Record<string, Value>
  /** Values that the session binds: given ones, converted to their declared types, and declared defaults. */
  readonly bound: Record<string, Value>
  /** Name of the profile; undefined: the one named by the environment. */
  profile: string | undefined
  /** The run uses the embedded sandbox, and no other profile. */
  readonly sandbox: boolean
  /** Seconds that reads stay in the cache; undefined: no cache. */
  cache: number | undefined
}

/** The initial settings. `atTerminal`: a person reads the output, so that counts and time are shown. */
export function settingsOf(options: CliOptions, { interactive = false, atTerminal = false } = {}): Settings {
  const variables = Object.entries(options.variables).map(
    ([name, text]) => [name, inferredValue(text)] as const,
  )
  return {
    interactive,
    format: options.format,
    expanded: 'auto',
    unexpanded: 'auto',
    header: options.header,
    nullText: options.nullText,
    formats: [],
    delimiter: options.delimiter,
    timer: atTerminal && !options.quiet,
    counts: atTerminal && !options.quiet,
    explain: false,
    trace: options.trace || options.traceBodies,
    traceBodies: options.traceBodies,
    quiet: options.quiet,
    continueOnError: options.continueOnError,
    dryRun: options.dryRun,
    isDryRunOnly: options.dryRun,
    skipUnreachable: options.skipUnreachable || undefined,
    confirm: true,
    out: options.out,
    variables: Object.fromEntries(variables),
    bound: Object.fromEntries(variables),
    profile: options.profile,
    sandbox: options.sandbox,
    cache: undefined,
  }
}

/** Sets the session's variables to the values that a statement with these declarations sees. */
export function bindVariables({ variables, bound }: Settings, scope: ReadonlyMap<string, Declaration>): void {
  for (const name of Object.keys(bound)) delete bound[name]
  Object.assign(bound, boundValues(scope, variables))
}
