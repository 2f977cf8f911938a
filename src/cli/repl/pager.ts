import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Command } from '../pipe.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The pager's command line: $CONFLUENTQL_PAGER, $PAGER or `less`; undefined if none is installed, or if the variable is empty or `cat`. */
export function pagerCommand(env: Env): string | undefined {
  const wanted = env.CONFLUENTQL_PAGER ?? env.PAGER
  if (wanted !== undefined) return wanted.trim() === '' || wanted.trim() === 'cat' ? undefined : wanted
  return defaultPager(env)
}

/** `less`, if it is installed. */
export function defaultPager(env: Env): string | undefined {
  return isInstalled('less', env) ? 'less' : undefined
}

function isInstalled(program: string, env: Env): boolean {
  return (env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

/** The first version of less with the option --header. */
const HEADER_SINCE = 600

/** The pager's command line for a table: less does not wrap its lines, and keeps the `header` lines at its beginning in view if it can. */
export function forTable(command: string, header: number, env: NodeJS.ProcessEnv): string {
  const [, less] = /^\s*((?:\S*\/)?less)(?:\s+[-+][-+\w=]*)*\s*$/.exec(command) ?? []
  if (less === undefined || header === 0) return command
  const { stdout = '' } = spawnSync(less, ['--version'], { encoding: 'utf8', env })
  const version = Number(/^less (\d+)/.exec(stdout)?.[1] ?? 0)
  return `${command} -S${version < HEADER_SINCE ? '' : ` --header=${header}`}`
}

/** Capacity of a pipe in bytes: once more has been accepted, the pager has read some. */
const PIPE_CAPACITY = 128 * 1024
/** Exit statuses of a shell for a program that cannot be run or does not exist. */
const CANNOT_RUN: ReadonlySet<number> = new Set([126, 127])

/** A running pager. */
export class Pager {
  readonly #command: Command
  readonly ended: Promise<void>
  #hasFailed = false
  /** The text written so far, as long as the pager may not have read any of it. */
  #unread: string[] | undefined = []
  #size = 0

  constructor(command: string, env: NodeJS.ProcessEnv) {
    // LESS=FRX: quit if the text fits, show colours, leave the text on the screen
    this.#command = new Command(command, { ...env, LESS: env.LESS ?? 'FRX' })
    this.ended = this.#end()
  }

  /** Resolves when more may be written; false: the user has quit, or the pager could not be run. */
  async write(text: string): Promise<boolean> {
    this.#remember(text)
    const isRead = await this.#command.write(text)
    // only its exit status says whether it was run
    if (!isRead && this.#unread) await this.ended
    return isRead
  }

  async #end(): Promise<void> {
    const { status } = await this.#command.ended
    this.#hasFailed = status !== null && CANNOT_RUN.has(status)
  }

  /** Ends its input; resolves when the user has quit. */
  async end(): Promise<void> {
    await this.#command.end()
    await this.ended
  }

  /** The text written so far, if the pager could not be run. */
  get unseen(): string | undefined {
    return this.#hasFailed ? this.#unread?.join('') : undefined
  }

  #remember(text: string): void {
    if (this.#size > PIPE_CAPACITY) this.#unread = undefined
    this.#unread?.push(text)
    this.#size += text.length
  }
}
