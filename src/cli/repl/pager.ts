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

/** A pager that runs; it has the terminal until it has ended. */
export class Pager {
  readonly #child: ChildProcess
  readonly ended: Promise<void>
  #isGone = false

  constructor(command: string, env: Env) {
    // less: ends by itself with a text that fits, shows colours, leaves the text on the screen, goes sideways instead of breaking lines
    this.#child = spawn('sh', ['-c', command], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...env, LESS: env.LESS ?? 'FRSX' },
    })
    this.#child.stdin!.on('error', () => {
      this.#isGone = true
    })
    this.ended = new Promise(resolve => {
      const end = (): void => {
        this.#isGone = true
        resolve()
      }
      this.#child.once('close', end)
      this.#child.once('error', end)
    })
  }

  /** Resolves when more may come, with false when the user has left. */
  async write(text: string): Promise<boolean> {
    if (this.#isGone) return false
    const written = new Promise<void>(resolve => {
      this.#child.stdin!.write(text, () => resolve())
    })
    await Promise.race([written, this.ended])
    return !this.#isGone
  }

  /** Nothing follows; resolves when the user has left it. */
  async end(): Promise<void> {
    this.#child.stdin!.end()
    await this.ended
  }
}
