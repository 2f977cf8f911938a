import { ConfluentqlError } from '../../errors.ts'
import { readArguments } from './arguments.ts'
import { didYouMean } from '../../plan/names.ts'
import { insteadOf, insteadOfListing } from './habits.ts'
import { META, type MetaCommand, spellings } from './meta.ts'

/** A parsed meta-command. */
export interface MetaCall {
  readonly command: MetaCommand
  /** The command as it was typed, with its dot or backslash. */
  readonly spelling: string
  readonly args: readonly string[]
}

/** Whether a line that begins where a statement could begin is a meta-command. */
export function isMeta(line: string): boolean {
  const first = line.trimStart()[0]
  return (first === '.' || first === '\\') && /^[ \t]*(?:\.[A-Za-z]|\\[A-Za-z?!])/.test(line)
}

/**
 * Parses a line for which `isMeta` is true. Arguments are separated by blanks, or enclosed in single or double quotes, which
 * are doubled inside. A comment after `--` and a semicolon at the end are ignored. `called`: how it was typed, if not so.
 * @throws ConfluentqlError UNKNOWN_NAME for an unknown command, SYNTAX for an open quote and too few or too many arguments
 */
export function readMeta(line: string, called?: string): MetaCall {
  const [, typed = '', all = ''] = /^\s*([.\\](?:[?!]|[^\s;]*))(.*)$/s.exec(line) ?? []
  const [found, rest] = fromPset(typed, all)
  const command = META.find(c => spellings(c).includes(found))
  if (!command) throw noCommand(found)
  const spelling = called ?? found
  const args = (PIPES.has(command.name) && readPipe(rest, spelling)) || readArguments(rest, spelling)
  const wanted = command.args === '' ? [] : command.args.split(' ')
  const least = wanted.filter(w => !w.startsWith('[')).length
  if (args.length < least)
    throw new ConfluentqlError('SYNTAX', `${spelling} needs ${wanted[args.length]}`, {
      hint: usage(command, spelling),
    })
  const extra = command.args.endsWith('...') ? undefined : args[wanted.length]
  if (extra !== undefined)
    throw new ConfluentqlError('SYNTAX', `${spelling} does not take ${JSON.stringify(extra)}`, {
      hint:
        wanted.length === 0
          ? usage(command, spelling)
          : `${usage(command, spelling)}; a value with blanks is written in quotes`,
    })
  return { command, spelling, args }
}

/** Settings of psql's `\\pset` by the names of ours. */
const PSET: Readonly<Record<string, string>> = {
  pager: '.pager',
  null: '.nullvalue',
  expanded: '.expanded',
  x: '.expanded',
  format: '.mode',
}

/** `\\pset pager off` as `.pager off`. */
function fromPset(spelling: string, rest: string): readonly [string, string] {
  const [, name = '', value = ''] = /^\s*(\w+)(.*)$/s.exec(rest) ?? []
  const own = spelling === '\\pset' && Object.hasOwn(PSET, name) ? PSET[name] : undefined
  return own === undefined ? [spelling, rest] : [own, value]
}

/** Commands whose argument may be `| command`, with anything that the system's shell reads. */
const PIPES: ReadonlySet<string> = new Set(['output', 'once'])

function readPipe(rest: string, spelling: string): string[] | undefined {
  const text = rest.trim()
  if (!text.startsWith('|')) return undefined
  if (text.length > 1) return [text]
  throw new ConfluentqlError('SYNTAX', `${spelling} | needs a command`)
}

/** The error for an unknown command. `bare`: names without a dot are suggested too. */
export function noCommand(spelling: string, bare = false): ConfluentqlError {
  const instead = insteadOf(spelling) ?? insteadOfListing(spelling)
  const near =
    instead === undefined
      ? didYouMean(
          spelling,
          META.flatMap(c => [...spellings(c), ...(bare ? [c.name] : [])]),
        )
      : ''
  return new ConfluentqlError('UNKNOWN_NAME', `no command ${spelling}${near}`, {
    hint: instead ?? '.help lists them',
  })
}

/** A meta-command inside the text of a statement, where it is not read as one. */
export function strayMeta(sql: string): string | undefined {
  const all = new Set(META.flatMap(spellings))
  return [...sql.matchAll(/^[ \t]*([.\\][A-Za-z?]+)(?=[\s;]|$)/gm)]
    .map(([, word = '']) => word)
    .find(word => all.has(word))
}

function usage({ args }: MetaCommand, spelling: string): string {
  return `write ${spelling}${args === '' ? '' : ` ${args}`}`
}
