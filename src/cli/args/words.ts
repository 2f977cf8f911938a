import { EVERYWHERE, optionsOf } from './grammar.ts'
import type { CommandName } from './spec.ts'
import { unmark } from './marks.ts'
import type { Read } from './parser.ts'

/** A command line, taken apart: which command, its operands, the texts of its options. */
export interface Words {
  readonly command: CommandName
  readonly operands: readonly string[]
  /** How many of the operands stand before `--`. */
  readonly beforeDashes: number
  /** The values of an option in their order; of one without a value, one empty text. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Names of options that the command does not have; none once the words are checked. */
  readonly unknown: readonly string[]
}

/** What yargs has read, for a command. */
export function toWords(read: Read, command: CommandName): Words {
  const { _: before, '--': after = [], $0: _program, ...options } = read
  const beforeDashes = before.slice(command === 'run' ? 0 : 1)
  const known = new Set([...optionsOf(command), ...EVERYWHERE].map(o => o.name))
  return {
    command,
    operands: [...beforeDashes, ...after].map(unmark),
    beforeDashes: beforeDashes.length,
    values: new Map(Object.entries(options).map(([name, value]) => [name, textsOf(value)])),
    unknown: Object.keys(options).filter(name => !known.has(name)),
  }
}

function textsOf(value: unknown): string[] {
  return [value].flat().map(each => (typeof each === 'string' ? unmark(each) : ''))
}
