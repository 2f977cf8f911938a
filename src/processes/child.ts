import { fork, type ChildProcess } from 'node:child_process'

/** Milliseconds that a process has to end when it is closed. */
const CLOSE_TIMEOUT = 1000

export interface ChildOptions<From> {
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
  readonly onMessage: (message: From) => void
  /** Called once when it has ended, with the reason in one line. */
  readonly onEnd: (reason: string) => void
}

const living = new Set<Child<never, never>>()

/** A process of this program that gets its work by messages. Killing it is the only way to interrupt SQLite or PGlite. It ends with this process. */
export class Child<To extends object, From> {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  /** @param program its built file */
  constructor(program: string, { env, onMessage, onEnd }: ChildOptions<From>) {
    const child = fork(program, [], {
      ...(env && { env, execArgv: [] }),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child = child
    let stderr = ''
    child.stderr!.on('data', (text: Buffer) => {
      stderr = (stderr + text.toString('utf8')).slice(-4000)
    })
    child.on('message', message => onMessage(message as From))
    this.#ended = new Promise(resolve => {
      const end = (reason: string): void => {
        living.delete(this)
        resolve()
        onEnd(reason)
      }
      child.once('exit', (code, signal) => end(howItEnded(code, signal, stderr)))
      // there is no exit of a process that could not be started
      child.on('error', error => {
        if (child.pid === undefined) end(`it cannot be started: ${error.message}`)
      })
    })
    process.off('exit', killAll).on('exit', killAll)
    living.add(this)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(message: To): void {
    // the end is reported for a process that has gone
    this.#child.send(message, () => {})
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Lets it end by itself; kills it if that takes too long. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.kill(), CLOSE_TIMEOUT)
    await this.#ended
    clearTimeout(timer)
  }
}

function killAll(): void {
  for (const child of living) child.kill()
}

/** The reason in one line: an error line from stderr, or the signal or status. */
function howItEnded(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  if (/heap out of memory|allocation failed/i.test(stderr)) return 'it ran out of memory'
  const errorLine = stderr
    .split('\n')
    .find(l => /error|cannot/i.test(l))
    ?.trim()
  if (signal === 'SIGKILL') return 'it was killed, perhaps for want of memory'
  return errorLine ?? (signal ? `it was ended by ${signal}` : `it ended with status ${code}`)
}
