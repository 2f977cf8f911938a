import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** The pager's command line: $CONFLUENTQL_PAGER, $PAGER, `less`; undefined where there is none, or where it is set to nothing or `cat`. */
export function pagerCommand(env: Env): string | undefined {
  const wanted = env.CONFLUENTQL_PAGER ?? env.PAGER
  if (wanted !== undefined) return wanted.trim() === '' || wanted.trim() === 'cat' ? undefined : wanted
  return isThere('less', env) ? 'less' : undefined
}

function isThere(program: string, env: Env): boolean {
  return (env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

/** What a pipe holds: when more than that was taken, somebody reads. */
const PIPE = 128 * 1024
/** The statuses with which a shell says that a program cannot be run, or is not there. */
const NOT_RUN: ReadonlySet<number> = new Set([126, 127])

/** A pager that runs, from the moment at which it has the terminal until it has ended. */
export class Pager {
  readonly #child: ChildProcess
  readonly ended: Promise<void>
  #isGone = false
  #hasFailed = false
  /** What it was given, as long as nobody may have read it. */
  #unread: string[] | undefined = []
  #size = 0

  constructor(command: string, env: NodeJS.ProcessEnv) {
    // less: ends by itself with a text that fits, shows colours, leaves the text on the screen, goes sideways instead of breaking lines
    this.#child = spawn('sh', ['-c', command], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...env, LESS: env.LESS ?? 'FRSX' },
    })
    this.#child.stdin?.on('error', () => {
      this.#isGone = true
    })
    this.ended = new Promise(resolve => {
      const end = (hasFailed: boolean): void => {
        this.#isGone = true
        this.#hasFailed = hasFailed
        resolve()
      }
      this.#child.once('close', code => end(code !== null && NOT_RUN.has(code)))
      this.#child.once('error', () => end(true))
    })
  }

  /** Resolves when more may come, with false when the user has left, or it could not be run. */
  async write(text: string): Promise<boolean> {
    this.#keep(text)
    if (!this.#isGone) {
      const written = new Promise<void>(resolve => {
        this.#child.stdin!.write(text, () => resolve())
      })
      await Promise.race([written, this.ended])
    }
    // whether it has begun its end says
    if (this.#isGone && this.#unread) await this.ended
    return !this.#isGone
  }

  /** Nothing follows; resolves when the user has left it. */
  async end(): Promise<void> {
    this.#child.stdin?.end()
    await this.ended
  }

  /** The text that nobody has seen, if the program could not be run. */
  get unseen(): string | undefined {
    return this.#hasFailed ? this.#unread?.join('') : undefined
  }

  #keep(text: string): void {
    if (this.#size > PIPE) this.#unread = undefined
    this.#unread?.push(text)
    this.#size += text.length
  }
}
