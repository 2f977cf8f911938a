import type { Session } from '../../index.ts'
import { visible } from '../../render/display.ts'
import { cacheSeconds, onOff } from './check.ts'
import { readRule, ruleLines, withRule } from '../script/format-rules.ts'
import { metaHelp } from '../script/help.ts'
import type { MetaStep } from '../script/program.ts'
import type { Settings } from './settings.ts'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { isSecretName, MASK, mayBeSecret } from '../../secrets.ts'
import { inferredValue } from '../script/variables.ts'
import type { World } from '../world.ts'

/** What meta-commands change, except outputs and the forms of tables, which the runner has. */
export interface CommandContext {
  readonly session: Session
  readonly settings: Settings
  readonly world: World
  /** Prints a line on stderr. */
  readonly print: (text: string) => void
}

/** Runs a meta-command that changes or prints a setting; false if it is another one. */
export async function changeSetting(
  { call: { command, spelling, args } }: MetaStep,
  context: CommandContext,
): Promise<boolean> {
  const { session, settings, world, print } = context
  switch (command.name) {
    case 'headers':
      toggle('header', 'headers')
      return true
    case 'timer':
    case 'explain':
      toggle(command.name, command.name)
      return true
    case 'trace':
      settings.traceBodies = args[0] !== undefined && onOff(spelling, args[0], ['bodies']) === 'bodies'
      if (settings.traceBodies) {
        settings.trace = true
        printState('trace: bodies')
      } else toggle('trace', 'trace')
      return true
    case 'confirm':
      protection('confirm', 'confirm')
      return true
    case 'dryrun':
      dryRun()
      return true
    case 'skip':
      if (args[0] !== undefined) settings.skipUnreachable = onOff(spelling, args[0], []) === 'on'
      printState(`skip: ${(await session.skipsUnreachable()) ? 'on' : 'off'}`)
      return true
    case 'nullvalue':
      settings.nullText = args[0]
      return true
    case 'format':
      format()
      return true
    case 'cache':
      if (args.length > 0) settings.cache = cacheSeconds(spelling, args)
      printState(`cache: ${settings.cache === undefined ? 'off' : `${settings.cache} s`}`)
      return true
    case 'set':
      set(args, context)
      return true
    case 'unset':
      unset(args[0]!, context)
      return true
    case 'profile':
      await profile(args[0], context)
      return true
    case 'notices':
      if (!world.notices) throw new ConfluentqlError('UNSUPPORTED', `${spelling} works only at the prompt`)
      print(world.notices.list.trimEnd())
      return true
    case 'help':
      print(metaHelp(args[0], Infinity).trimEnd())
      return true
    default:
      return false
  }

  function printState(text: string): void {
    if (args.length === 0 || settings.interactive) print(text)
  }
  function toggle(key: 'header' | 'timer' | 'explain' | 'trace', name: string): void {
    settings[key] = args[0] === undefined ? !settings[key] : onOff(spelling, args[0], []) === 'on'
    printState(`${name}: ${settings[key] ? 'on' : 'off'}`)
  }
  /** Without an argument, a setting that keeps changes from being sent is shown, and never switched off. */
  function protection(key: 'confirm' | 'dryRun', name: string): void {
    if (args[0] !== undefined) settings[key] = onOff(spelling, args[0], []) === 'on'
    printState(`${name}: ${settings[key] ? 'on' : 'off'}`)
  }
  function format(): void {
    if (args.length > 1) settings.formats = withRule(settings.formats, readRule(spelling, args))
    if (args.length > 1 && !settings.interactive) return
    for (const line of ruleLines(settings.formats, args[0])) print(line)
  }
  function dryRun(): void {
    protection('dryRun', 'dryrun')
    if (settings.dryRun || !settings.isDryRunOnly) return
    settings.dryRun = true
    throw new ConfluentqlError('UNSUPPORTED', 'the program was started with --dry-run, so nothing is sent', {
      hint: 'start it again without --dry-run',
    })
  }
}

function set([name, text]: readonly string[], { settings: { variables }, print }: CommandContext): void {
  if (name !== undefined && !/^\w+$/.test(name))
    throw new ConfluentqlError('SYNTAX', `${JSON.stringify(name)} cannot be the name of a variable`)
  if (name !== undefined && text !== undefined) {
    variables[name] = inferredValue(text)
    return
  }
  if (name !== undefined && !Object.hasOwn(variables, name)) throw unknownVariable(name, variables)
  const shown = name === undefined ? Object.keys(variables).sort() : [name]
  for (const key of shown) {
    const value = String(variables[key])
    print(`${key} = ${isSecretName(key) || mayBeSecret(value) ? MASK : visible(value)}`)
  }
  if (shown.length === 0) print('no variables are set')
}

function unset(name: string, { settings: { variables } }: CommandContext): void {
  if (!Object.hasOwn(variables, name)) throw unknownVariable(name, variables)
  delete variables[name]
}

function unknownVariable(name: string, variables: Settings['variables']): ConfluentqlError {
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `no variable ${name} is set${didYouMean(name, Object.keys(variables))}`,
    { hint: `.set ${name} VALUE sets it; .set lists all` },
  )
}

async function profile(
  name: string | undefined,
  { session, settings, world, print }: CommandContext,
): Promise<void> {
  if (name === undefined) {
    print(`profile: ${visible(profileName(settings, world) ?? 'default')}`)
    return
  }
  if (settings.sandbox)
    throw new ConfluentqlError('UNSUPPORTED', 'the sandbox has addresses and credentials of its own', {
      hint: 'start without --sandbox to use a profile',
    })
  if (name.includes(','))
    throw new ConfluentqlError('UNSUPPORTED', 'several profiles are chosen when the program starts', {
      hint: `start it again with --profile ${name}`,
    })
  await session.useProfile(name)
  settings.profile = name
}

/** The profile that is in use, if one was named. */
export function profileName({ profile: name, sandbox }: Settings, { env }: World): string | undefined {
  return sandbox ? 'sandbox' : (name ?? (env.CONFLUENTQL_PROFILE || undefined))
}
