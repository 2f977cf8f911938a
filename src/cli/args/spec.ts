/** What a value or an operand is, for completion. */
export type Kind = 'file' | 'format' | 'profile' | 'shell' | 'command'

/** Headings of `--help`, in its order. */
export const GROUPS = ['Input', 'Output', 'API', 'Changes', 'Messages'] as const

/** Shells that there are completions for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type CommandName =
  'run' | 'exec' | 'shell' | 'diff' | 'init' | 'doctor' | 'sandbox' | 'provider' | 'completion' | 'help'

/** An option. Parsing, help, completions, the man page and docs/command-line.md are made of these. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string
  /** Other spellings, which help does not list. */
  readonly hidden?: readonly string[]
  /** What its value is called; none: it takes no value. */
  readonly value?: string
  readonly kind?: Kind
  readonly isRepeatable?: boolean
  /** Options that cannot be given with it. */
  readonly excludes?: readonly string[]
  /** One line, in small letters, without a full stop. */
  readonly help: string
  readonly group: (typeof GROUPS)[number]
  readonly commands: readonly CommandName[]
}

/** A command: the first word after the options that is one of these names. `run` has no word. */
export interface CommandSpec {
  readonly name: CommandName
  /** What follows it, as usage shows it. */
  readonly operands: readonly string[]
  /** How many of the operands must be there. */
  readonly required: number
  /** The last operand may come several times. */
  readonly isRepeatable?: boolean
  /** Words of which the first operand must be one. */
  readonly actions?: readonly string[]
  readonly kind?: Kind
  readonly help: string
  /** Paragraphs for `help COMMAND` and the man page. */
  readonly about: readonly string[]
  /** Command lines, without `confluentql`. */
  readonly examples: readonly string[]
}
