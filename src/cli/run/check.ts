import { resolve } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { didYouMean } from '../../plan/names.ts'
import { checkFile } from '../../render/file.ts'
import { isWord } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { parametersOf } from '../../sql/parameters.ts'
import { formatNamed } from '../formats.ts'
import { placingErrors, withPlace } from '../report.ts'
import { readRule } from '../script/format-rules.ts'
import { expandHome, type MetaStep, type Program, type StatementStep } from '../script/program.ts'
import { declaredValue } from '../script/variables.ts'
import { pipeCommand, type Route } from './route.ts'
import type { Settings } from './settings.ts'

/** Whether a statement returns rows, as far as is known before it runs. */
export async function givesRows(
  { sql, piece }: Pick<StatementStep, 'sql' | 'piece'>,
  session: Session,
): Promise<boolean> {
  const type = typeOf(piece.tokens)
  if (type === 'change') return piece.tokens.some(t => isWord(t, 'RETURNING'))
  if (type !== 'call') return type === 'query' || type === 'explain' || type === 'listing'
  const plan = await session.plan(sql.slice(piece.start, piece.end)).catch(() => undefined)
  return plan?.kind === 'calls' && (plan.returning?.columns.length ?? 0) > 0
}

/**
 * Checks, before anything runs, that each variable that is declared or used has a value of its type.
 * @throws ConfluentqlError that names all variables without a value
 */
export function checkVariables(programs: readonly Program[], settings: Settings): void {
  const given = new Set(Object.keys(settings.variables))
  const missing = new Map<
    string,
    { name: string; error: (message: string, hint: string) => unknown; what: string }
  >()
  const named = new Set<string>()
  for (const { steps, declared } of programs) {
    const all = new Map(declared.map(d => [d.declaration.name, d]))
    const isSet = new Set(
      steps.flatMap(s =>
        s.kind === 'meta' && s.call.command.name === 'set' && s.call.args.length > 1 ? [s.call.args[0]!] : [],
      ),
    )
    for (const { declaration, script } of all.values()) {
      const { name, type, about, at, value } = declaration
      named.add(name)
      if (Object.hasOwn(settings.variables, name))
        placingErrors(script, () => declaredValue(declaration, settings.variables[name]!), at)
      else if (value === undefined && !isSet.has(name)) {
        missing.set(name, {
          name: `:${name}`,
          what: ` (${type}${about === undefined ? '' : `: ${about}`})`,
          error: (message, hint) =>
            withPlace(new ConfluentqlError('USAGE', message, { hint, span: at }), script),
        })
      }
    }
    for (const step of steps) {
      if (step.kind === 'meta') follow(step, given)
      else {
        for (const { text, value: name, start, end } of parametersOf(step.piece.tokens)) {
          named.add(name)
          if (given.has(name) || step.scope.has(name) || missing.has(name)) continue
          missing.set(name, {
            name: text,
            what: '',
            error: (message, hint) =>
              withPlace(new ConfluentqlError('USAGE', message, { hint, span: { start, end } }), step.script),
          })
        }
      }
    }
  }
  const [first] = missing.values()
  if (first)
    throw first.error(
      `no value for ${[...missing.values()].map(m => m.name + m.what).join(', ')}`,
      settingHint([...missing.keys()], settings),
    )
  if (!settings.interactive && programs.some(p => p.declared.length > 0)) checkGiven(settings, named)
}

/** A hint how to set variables: with `.set` at a prompt, with -v elsewhere. */
function settingHint(variables: readonly string[], { interactive }: Settings): string {
  const names = variables.map(v => v || 'name')
  const how = interactive
    ? `write ${names.map(n => `.set ${n} …`).join(' and ')} before it`
    : `give ${names.map(n => `-v ${n}=…`).join(' ')}`
  return variables.includes('') ? `name it (:name instead of ?), and ${how}` : how
}

function follow({ call: { command, args } }: MetaStep, given: Set<string>): void {
  const [name] = args
  if (name === undefined) return
  if (command.name === 'set' && args.length > 1) given.add(name)
  if (command.name === 'unset') given.delete(name)
}

function checkGiven({ variables }: Settings, named: ReadonlySet<string>): void {
  const unknown = Object.keys(variables).find(name => !named.has(name))
  if (unknown === undefined) return
  throw new ConfluentqlError(
    'USAGE',
    `-v ${unknown}: no statement uses :${unknown}${didYouMean(unknown, named)}`,
    { hint: `variables: ${[...named].join(', ')}` },
  )
}

/**
 * Checks, before anything runs, where each result will go: a change cannot be undone when a later result does not fit its
 * file or the file is not writable. No file may be written twice.
 * @throws ConfluentqlError with the place of the statement or meta-command
 */
export async function checkResults(
  programs: readonly Program[],
  route: Route,
  session: Session,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const trial = route.copy()
  const written = new Map<string, true>()
  let once: MetaStep | undefined
  const isAlone = settings.interactive && programs.flatMap(p => p.steps).length === 1
  const write = (path: string): void => {
    if (path.startsWith('/dev/')) return
    const file = resolve(path)
    if (written.has(file))
      throw new ConfluentqlError('OUTPUT', `${path} is written twice`, {
        hint: 'the second result would overwrite the first',
      })
    written.set(file, true)
  }
  if (settings.out !== undefined && !settings.interactive) write(settings.out)
  for (const step of programs.flatMap(p => p.steps)) {
    if (step.kind === 'statement') {
      if (!(await givesRows(step, session))) {
        if (once?.isOfNext === true) throw withPlace(noResult(once), once.script, once.at)
        continue
      }
      const [first] = step.piece.tokens
      placingErrors(
        step.script,
        () => record(trial, step),
        step.isMeta || !first ? step.at : { start: first.start, end: first.end },
      )
      once = undefined
      continue
    }
    const { command, args } = step.call
    const path = args[0] === undefined ? undefined : expandHome(args[0], env)
    const isWritten =
      path !== undefined
      && pipeCommand(path) === undefined
      && !settings.interactive
      && (command.name === 'output' || command.name === 'once')
    placingErrors(
      step.script,
      () => {
        checkCommand(step, settings)
        if (command.name === 'mode' && args[0] !== undefined) trial.mode(formatNamed(args[0]))
        // else every later statement would fail
        if (isAlone && path !== undefined && command.name === 'once') trial.checkFormat(trial.target(path))
        if (command.name === 'output') trial.output(trial.target(path))
        if (command.name === 'once') {
          if (once !== undefined && !settings.interactive)
            throw withPlace(noResult(once), once.script, once.at)
          trial.once = trial.target(path)
          once = step
        }
        if (isWritten) write(path)
      },
      step.at,
    )
    if (isWritten)
      await checkFile(path).catch((error: unknown) => {
        throw withPlace(error, step.script, step.at)
      })
  }
  if (once !== undefined && !settings.interactive) throw withPlace(noResult(once), once.script, once.at)
}

/** Records the destination of a result. Rejects a chart for the rows of a change: whether it can be drawn depends on the rows, which cannot be fetched again. */
function record(trial: Route, { piece }: StatementStep): void {
  const destination = trial.next()
  const type = typeOf(piece.tokens)
  if (destination.format === 'chart' && (type === 'change' || type === 'call')) {
    throw new ConfluentqlError(
      'OUTPUT',
      'the rows of a change cannot be shown as a chart: rows that cannot be drawn would be lost',
      { hint: 'choose another format with -o or .mode' },
    )
  }
  trial.record(destination)
}

function noResult({ call, isOfNext }: MetaStep): ConfluentqlError {
  return new ConfluentqlError(
    'OUTPUT',
    `${call.spelling} ${call.args[0]}: ${isOfNext ? 'the statement has no rows to write' : 'no result follows it'}`,
    isOfNext ? { hint: 'end the statement with a semicolon' } : {},
  )
}

/** Checks the arguments of a meta-command, and rejects those that only work at a prompt. */
function checkCommand({ call: { command, spelling, args } }: MetaStep, { interactive }: Settings): void {
  const isPrompts = command.by === 'prompt' && !['quit', 'help'].includes(command.name)
  if (isPrompts || (command.name === 'notices' && !interactive)) {
    throw new ConfluentqlError('UNSUPPORTED', `${spelling} works only at the prompt`)
  }
  if (command.complete === 'on-off' && args[0] !== undefined)
    onOff(spelling, args[0], command.args.match(/auto|bodies/g) ?? [])
  if (command.name === 'format' && args.length > 1) readRule(spelling, args)
  if (command.name === 'cache') cacheSeconds(spelling, args)
}

/** @throws ConfluentqlError SYNTAX for anything but on, off and the words given */
export function onOff<T extends string>(
  spelling: string,
  text: string,
  more: readonly T[],
): 'on' | 'off' | T {
  const word = text.toLowerCase()
  if (word === 'on' || word === 'true' || word === '1') return 'on'
  if (word === 'off' || word === 'false' || word === '0') return 'off'
  const found = more.find(m => m === word)
  if (found !== undefined) return found
  throw new ConfluentqlError(
    'SYNTAX',
    `${spelling} takes ${['on', 'off', ...more].join(', ')}, not ${JSON.stringify(text)}`,
  )
}

/** Default lifetime of cached reads in seconds. */
const CACHE_SECONDS = 300

/** The seconds of `.cache on [SECONDS]`; undefined for off. @throws ConfluentqlError SYNTAX */
export function cacheSeconds(spelling: string, [word = 'on', text]: readonly string[]): number | undefined {
  if (onOff(spelling, word, []) === 'off') return undefined
  const seconds = text === undefined ? CACHE_SECONDS : Number(text)
  if (seconds > 0 && seconds <= 604_800) return seconds
  throw new ConfluentqlError(
    'SYNTAX',
    `${spelling} on takes a number of seconds, not ${JSON.stringify(text)}`,
  )
}
