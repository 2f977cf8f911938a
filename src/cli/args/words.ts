import { EVERYWHERE, optionsOf } from './grammar.ts'
import type { CommandName } from './spec.ts'
import { unmark, unmarkFlag } from './marks.ts'
import type { Read } from './parser.ts'

/** A parsed command line: the command, its operands and the texts of its options. */
export interface Words {
  readonly command: CommandName
  readonly operands: readonly string[]
  /** How many operands are before `--`. */
  readonly beforeDashes: number
  /** The values of each option in order; an empty text for an option without a value. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Options that the command does not have; empty after `checkWords`. */
  readonly unknown: readonly string[]
}

/** The command line that yargs has read. */
export function toWords(read: Read, command: CommandName): Words {
  const { _: before, '--': after = [], $0: _program, ...marked } = read
  const options = Object.fromEntries(Object.entries(marked).map(([name, value]) => [unmarkFlag(name), value]))
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
