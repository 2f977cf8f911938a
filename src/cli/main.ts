import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ConfluentqlError } from '../errors.ts'
import type { CliOptions } from './options.ts'
import type { World } from './run.ts'

/** Start of the program: reads the command line and runs what it says. Modules are loaded when they are needed. */
async function main(): Promise<number> {
  const argv = process.argv.slice(2)
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8')) as { version: string }
  // Nobody reads stderr any more: what was to be told is lost, the rows are not.
  process.stderr.on('error', () => {})
  const world: World = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env }
  const { readOptions } = await import('./options.ts')
  const options = readOptions(argv, version, text => process.stdout.write(text))
  if (!options) return 0
  const cancel = new AbortController()
  const stop = (): void => cancel.abort(new ConfluentqlError('ABORTED', 'interrupted'))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  return run(options, world, cancel.signal)
}

async function run(options: CliOptions, streams: World, signal: AbortSignal): Promise<number> {
  if (options.command === 'sandbox') return (await import('./sandbox.ts')).serve(options.port, streams, signal)
  if (options.command === 'completion') {
    streams.stdout.write(await (await import('./completion.ts')).completion(options.operands[0]!, streams.env))
    return 0
  }
  if (options.command === 'doctor') return (await import('./doctor/doctor.ts')).doctor(options, streams, signal)
  const noText = options.sql === undefined && options.files.length === 0
  const interactive = options.command === 'shell' || (options.command === 'run' && noText && streams.stdin.isTTY)
  const { readScripts, openSession, runScripts, statusLine } = await import('./run.ts')
  const world = { ...streams, line: statusLine(options, streams) }
  const scripts = interactive || options.command !== 'run' ? [] : await readScripts(options, world)
  const sandbox = options.sandbox ? await (await import('./sandbox.ts')).start(0) : undefined
  const session = openSession(options, world, sandbox)
  try {
    if (options.command === 'diff') return await (await import('./diff/diff.ts')).diff(session, options, world, signal)
    if (interactive) return await (await import('./shell.ts')).shell(session, options, world, sandbox !== undefined)
    return await runScripts(scripts, session, options, world, signal)
  } finally {
    await session.close()
    await sandbox?.close()
  }
}

async function start(): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    const { errorText, exitStatus } = await import('./report.ts')
    process.stderr.write(errorText(error))
    process.exitCode = exitStatus(error)
  }
}

void start()
