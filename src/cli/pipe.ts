import { spawn, type ChildProcess } from 'node:child_process'

/** How a command ended: its exit status, or the signal that ended it. */
export interface Ending {
  readonly status: number | null
  readonly signal: string | null
}

/** A command that reads text from its standard input. */
export interface Pipe {
  /** Resolves when more may be written; false: the command has ended or reads no more. */
  write(data: string | Uint8Array): Promise<boolean>
  /** Ends its input; resolves when it has ended. */
  end(): Promise<Ending>
}

/** Starts a command line. `isOnce`: it gets one result, and has the terminal until it ends. */
export type OpenPipe = (command: string, isOnce: boolean) => Promise<Pipe>

/** A running command line of the system's shell. Its outputs are those of this process. */
export class Command implements Pipe {
  readonly ended: Promise<Ending>
  #isGone = false
  readonly #child: ChildProcess

  constructor(command: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn('sh', ['-c', command], { stdio: ['pipe', 'inherit', 'inherit'], env })
    this.#child.stdin?.on('error', () => {
      this.#isGone = true
    })
    this.ended = new Promise(resolve => {
      const end = (status: number | null, signal: string | null): void => {
        this.#isGone = true
        resolve({ status, signal })
      }
      this.#child.once('close', end)
      // there is no shell
      this.#child.once('error', () => end(127, null))
    })
  }

  async write(data: string | Uint8Array): Promise<boolean> {
    if (!this.#isGone) {
      const written = new Promise<void>(resolve => {
        this.#child.stdin!.write(data, () => resolve())
      })
      await Promise.race([written, this.ended])
    }
    return !this.#isGone
  }

  async end(): Promise<Ending> {
    this.#child.stdin?.end()
    return this.ended
  }
}
