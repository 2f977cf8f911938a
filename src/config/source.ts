import { basename } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import { maskText } from '../secrets.ts'
import { without } from './variables.ts'
import type { Source } from './types.ts'

export interface SourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Variables with credentials, which a command does not get. */
  readonly withheld?: readonly string[] | undefined
  /** Aborts a running command. */
  readonly signal?: AbortSignal
  /** Timeout of a command in milliseconds. Default 30,000. */
  readonly timeout?: number
}

/** Largest output of a command, in bytes. */
const MAX_OUTPUT = 64 * 1024

/**
 * The text of a source. `what` names it in messages (`secret of config.yaml:12`), which never contain a command's output.
 * @throws ConfluentqlError CREDENTIALS when it is missing or cannot be read
 */
export async function readSource(source: Source, what: string, options: SourceOptions): Promise<string> {
  if (source.kind === 'literal') return source.text
  if (source.kind === 'env') {
    const text = options.env[source.name]
    if (text) return text
    const name = shownVariable(source.name)
    throw new ConfluentqlError('CREDENTIALS', `${what}: ${name} is not set`, {
      hint: `Set ${name}`,
      unreachable: `${what}: ${name} is not set`,
    })
  }
  const text = (await run(source.argv, what, options)).replace(/\r?\n$/, '')
  if (text !== '') return text
  throw failed(source.argv, what, 'printed nothing')
}

/** The name of a variable for messages; not shown if it may be a secret written in place of the name. */
export function shownVariable(name: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && maskText(name) === name ? name : 'the variable that its env names'
}

function run(
  [program, ...args]: readonly [string, ...string[]],
  what: string,
  { env, withheld = [], signal, timeout = 30_000 }: SourceOptions,
): Promise<string> {
  // no await before the listener is added: an abort in between would be lost
  const { spawn } = process.getBuiltinModule('node:child_process')
  const argv: readonly [string, ...string[]] = [program, ...args]
  return new Promise((resolve, reject) => {
    // stderr may contain secrets too
    const child = spawn(program, args, {
      env: without(env, withheld),
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      shell: false,
    })
    const chunks: Buffer[] = []
    let size = 0
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      // a background process that it started may hold the pipe open
      child.stdout.destroy()
      child.kill('SIGKILL')
      settle()
    }
    const fail = (why: string, cause?: unknown): void => finish(() => reject(failed(argv, what, why, cause)))
    const timer = setTimeout(() => fail(`took longer than ${timeout / 1000} s`), timeout)
    const onAbort = (): void => finish(() => reject(signal?.reason as Error))
    signal?.addEventListener('abort', onAbort, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > MAX_OUTPUT) fail(`printed more than ${MAX_OUTPUT / 1024} KB`)
    })
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'was not found' : `cannot be run (${error.code ?? error.name})`, error),
    )
    child.once('close', (code, by) => {
      if (code === 0) finish(() => resolve(Buffer.concat(chunks).toString('utf8')))
      else fail(code === null ? `was ended by ${by}` : `ended with status ${code}`)
    })
  })
}

/** Names only the program, since its arguments may contain secrets. */
function failed(
  [program]: readonly [string, ...string[]],
  what: string,
  why: string,
  cause?: unknown,
): ConfluentqlError {
  return new ConfluentqlError('CREDENTIALS', `${what}: the command ${basename(program)} ${why}`, {
    hint: 'Run it in a terminal: it must print the text, and nothing else, without asking',
    ...(cause !== undefined && { cause }),
  })
}
