/** The kind of a value or operand, for completion. */
export type Kind = 'file' | 'format' | 'profile' | 'shell' | 'command' | 'provider'

/** Headings of `--help`, in order. */
export const GROUPS = ['Input', 'Output', 'Server', 'API', 'Changes', 'Messages'] as const

/** Shells with completion scripts. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type CommandName =
  | 'run'
  | 'exec'
  | 'shell'
  | 'diff'
  | 'check'
  | 'export'
  | 'snapshot'
  | 'history'
  | 'init'
  | 'doctor'
  | 'sandbox'
  | 'serve'
  | 'mcp'
  | 'provider'
  | 'completion'
  | 'help'

/** An option. Parser, help, completions, man page and docs/command-line.md are generated from these. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string
  /** Other spellings, which help does not list. */
  readonly hidden?: readonly string[]
  /** The name of its value in help; undefined: it takes no value. */
  readonly value?: string
  readonly kind?: Kind
  readonly isRepeatable?: boolean
  /** Options that it cannot be combined with. */
  readonly excludes?: readonly string[]
  /** One line, in small letters, without a full stop. */
  readonly help: string
  readonly group: (typeof GROUPS)[number]
  readonly commands: readonly CommandName[]
}

/** What a command does, by its first operand: `provider add`. */
export interface ActionSpec {
  readonly name: string
  /** Names of its operands in help. */
  readonly operands: readonly string[]
  readonly required: number
  /** The last operand may come several times. */
  readonly isRepeatable?: boolean
  /** The kind of its operands, for completion. */
  readonly kinds?: readonly Kind[]
  /** One line, in small letters, without a full stop. */
  readonly help: string
}

/** A command: the first operand, if it is one of these names. `run` is the default, without a name on the command line. */
export interface CommandSpec {
  readonly name: CommandName
  /** Names of its operands in help. */
  readonly operands: readonly string[]
  /** How many operands are required. */
  readonly required: number
  /** The last operand may come several times. */
  readonly isRepeatable?: boolean
  /** The first operand is the name of one of these, which has the others. */
  readonly actions?: readonly ActionSpec[]
  readonly kind?: Kind
  readonly help: string
  /** Paragraphs for `help COMMAND` and the man page. */
  readonly about: readonly string[]
  /** Arguments of example command lines. */
  readonly examples: readonly string[]
}
