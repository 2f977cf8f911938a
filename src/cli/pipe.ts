import { spawn, type ChildProcess } from 'node:child_process'

/** How a command ended: its exit status, or the signal that ended it. */
export interface Ending {
  readonly status: number | null
  readonly signal: string | null
}

/** A command that reads text from its standard input. */
export interface Pipe {
  /** Resolves when more may be written. False: the command has ended, or has closed its input. */
  write(data: string | Uint8Array): Promise<boolean>
  /** Closes the command's input; resolves when the command has ended. */
  end(): Promise<Ending>
}

/** Starts a command line. `isOnce`: it gets one result, and has the terminal until it ends. */
export type OpenPipe = (command: string, isOnce: boolean) => Promise<Pipe>

/** A running command line of the system's shell. It writes to standard output and standard error of this process. */
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
      // sh cannot be run
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
