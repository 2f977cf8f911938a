import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { ReadStream } from 'node:tty'
import { guardCrashes } from './crash.ts'
import { directOutput } from './direct-output.ts'
import type { Session } from '../index.ts'
import { Meter } from './meter.ts'
import type { CliOptions } from './args/options.ts'
import type { Pipe } from './pipe.ts'
import { errorText, exitStatus } from './report.ts'
import { Signals } from './signals.ts'
import { wrapMessages } from './message-lines.ts'
import { isTerminal } from './terminal.ts'
import type { World } from './world.ts'

/** Reads the command line and runs the command. Modules are loaded when they are needed. */
async function main(): Promise<number> {
  const argv = process.argv.slice(2)
  if (argv[0] === '--get-yargs-completions') {
    const found = await (await import('./args/offers.ts')).offers(argv.slice(1), process.env)
    return print(found.map(word => `${word}\n`).join(''))
  }
  const { statementWords } = await import('./args/statement.ts')
  const words = statementWords(argv)
  if (words) return run((await import('./args/options.ts')).toOptions(words))
  const { readOptions } = await import('./args/command-line.ts')
  let printed = ''
  const options = readOptions(argv, version, text => {
    printed += text
  })
  return options ? run(options) : print(printed)
}

/** The version in package.json. */
function version(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Writes a text to standard output. A closed pipe is not an error. */
async function print(text: string): Promise<number> {
  const { openOutput } = await import('../render/output.ts')
  const output = await openOutput(undefined, {
    get stdout() {
      return process.stdout
    },
    writeDirectly: isTerminal(1) ? undefined : directOutput(() => {}),
  })
  await output.write(text).catch((error: unknown) => {
    if (!output.closed) throw error
  })
  return 0
}

/** Accessors, since Node creates each stream on first access, which takes milliseconds. */
const streams = {
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
}

/**
 * Ignores errors of stderr, also for messages of Node itself: if nobody reads it, messages are lost but rows are not. On a terminal its
 * messages are wrapped.
 */
function guardStderr(): void {
  const make = Object.getOwnPropertyDescriptor(process, 'stderr')!.get!
  let guarded: NodeJS.WriteStream | undefined
  const get = (): NodeJS.WriteStream => {
    const stderr = make.call(process) as NodeJS.WriteStream
    if (stderr === guarded) return stderr
    guarded = stderr.on('error', () => {})
    if (isTerminal(2)) wrapLines(stderr)
    return stderr
  }
  Object.defineProperty(process, 'stderr', { get, configurable: true, enumerable: true })
}

function wrapLines(stderr: NodeJS.WriteStream): void {
  const write = stderr.write.bind(stderr) as (data: unknown, ...rest: unknown[]) => boolean
  stderr.write = (data: unknown, ...rest: unknown[]) =>
    write(typeof data === 'string' ? wrapMessages(data, stderr.columns || 80) : data, ...rest)
}

/** Starts a command that reads results. */
async function openPipe(options: CliOptions, command: string): Promise<Pipe> {
  const { env } = process
  const [{ Command }, { childEnvironment }, { openCatalog }] = await Promise.all([
    import('./pipe.ts'),
    import('./child-env.ts'),
    import('../providers.ts'),
  ])
  return new Command(command, await childEnvironment(options, env, openCatalog({ env }))())
}

function worldOf(
  options: CliOptions,
  onBusy: (isBusy: boolean) => void,
  line: World['line'],
  meter: Meter,
): World {
  const { color, progress, quiet } = options
  const { env } = process
  const hasColor = color !== false && !env.NO_COLOR && env.TERM !== 'dumb'
  const terminal = isTerminal(1)
    ? {
        get columns() {
          return process.stdout.columns
        },
        get rows() {
          return process.stdout.rows
        },
        color: hasColor,
      }
    : undefined
  const shows = line !== undefined && progress && !quiet && env.TERM !== 'dumb'
  return Object.assign(Object.create(streams) as typeof streams, {
    env,
    terminal,
    meter,
    line: shows ? line : undefined,
    onBusy,
    openPipe: (command: string) => openPipe(options, command),
    writeDirectly: terminal ? undefined : directOutput(onBusy),
  })
}

let signals: Signals | undefined

async function run(given: CliOptions): Promise<number> {
  const { env } = process
  // read by this process and by the shell's engine
  if (given.config !== undefined) env['CONFLUENTQL_CONFIG'] = given.config
  if (given.providerPath.length > 0)
    env['CONFLUENTQL_PROVIDER_PATH'] = [...given.providerPath, env['CONFLUENTQL_PROVIDER_PATH']]
      .filter(Boolean)
      .join(delimiter)
  const isOfSeveral = given.allProfiles || given.profile?.includes(',') || given.command === 'export'
  const options = isOfSeveral ? await (await import('./profiles.ts')).resolveProfiles(given, env) : given
  const noText = options.sql === undefined && options.files.length === 0
  const isShell = options.command === 'shell'
  // the prompt handles Ctrl-C itself
  if (isTerminal(0) && (isShell || (noText && options.command === 'run'))) {
    const { stdin, stdout, stderr } = streams
    return (await import('./repl/repl.ts')).repl(
      options,
      { stdin: stdin as ReadStream, stdout, stderr, env },
      version(),
    )
  }
  const scripts =
    options.command !== 'run' ? [] : await (await import('./script/scripts.ts')).readScripts(options, streams)
  signals = new Signals()
  const meter = new Meter()
  const line = isTerminal(2)
    ? new (await import('./status-line.ts')).StatusLine(streams.stderr, meter)
    : undefined
  const world = worldOf(options, signals.onBusy, line, meter)
  if (options.command === 'completion')
    return print(await (await import('./args/completion.ts')).completion(options.operands[0]!, env))
  if (options.command === 'init') return (await import('./init/init.ts')).init(options, world, signals.signal)
  if (options.command === 'doctor')
    return (await import('./doctor/doctor.ts')).doctor(options, world, signals.signal)
  if (options.command === 'provider')
    return (await import('./provider/provider.ts')).provider(options, world, signals.signal)
  if (options.command === 'sandbox')
    return (await import('./sandbox.ts')).serve(options, world, signals.signal)
  if (options.command === 'serve')
    return (await import('./serve/serve.ts')).serve(options, world, signals.signal)
  if (options.command === 'export')
    return (await import('./export/export.ts')).exportData(options, world, signals.signal)
  if (options.command === 'history')
    return (await import('./snapshot/history.ts')).history(options, world, signals.signal)
  if (options.command === 'mcp') return (await import('./mcp/start.ts')).mcp(options, world, signals.signal)
  const { settingsOf } = await import('./run/settings.ts')
  const settings = settingsOf(options, { interactive: isShell })
  const sandbox = options.sandbox
    ? await (await import('../local-sandbox.ts')).startProviders(0, process.env, options.sandboxSize)
    : undefined
  let session: Session | undefined
  try {
    session = (await import('./open.ts')).openSession(options, settings, world, sandbox)
    if (options.command === 'diff')
      return await (await import('./diff/diff.ts')).diff(session, options, world, signals.signal)
    if (options.command === 'check')
      return await (await import('./check/check.ts')).check(session, options, settings, world, signals.signal)
    if (options.command === 'snapshot') {
      const { snapshot } = await import('./snapshot/snapshot.ts')
      return await snapshot(session, options, settings, world, signals.signal)
    }
    if (isShell)
      return await (await import('./run/piped.ts')).runPiped(session, settings, world, signals.signal)
    const runner = new (await import('./run/runner.ts')).Runner(session, settings, world)
    return await runner.finish(await runner.runAll(scripts, signals.signal))
  } finally {
    await session?.close()
    await sandbox?.close()
  }
}

async function start(): Promise<void> {
  guardCrashes()
  guardStderr()
  try {
    process.exitCode = await main()
  } catch (error) {
    process.stderr.write(errorText(error))
    process.exitCode = exitStatus(error)
  }
  signals?.end()
}

void start()
