import { Command, type Ending } from '../pipe.ts'
import type { Surface } from './output.ts'
import type { ToPipe } from './protocol.ts'

/** The commands that read results. A command of `.once` has the terminal until it ends; one of `.output` only after its last result. */
export class Pipes {
  readonly #terminal: Pick<Surface, 'lend'>
  readonly #childEnv: () => Promise<NodeJS.ProcessEnv>
  readonly #open = new Map<
    number,
    { readonly command: Command; readonly lent: Promise<unknown> | undefined }
  >()

  constructor(terminal: Pick<Surface, 'lend'>, childEnv: () => Promise<NodeJS.ProcessEnv>) {
    this.#terminal = terminal
    this.#childEnv = childEnv
  }

  /** Carries out a message of the engine. */
  async take(message: ToPipe): Promise<{ readonly isOpen: boolean; readonly ending?: Ending }> {
    if (message.does === 'open') {
      await this.#start(message)
      return { isOpen: true }
    }
    const open = this.#open.get(message.id)
    // a write after the end
    if (!open) return { isOpen: false }
    const { command, lent } = open
    if (message.does === 'write') return { isOpen: await command.write(message.data) }
    this.#open.delete(message.id)
    const ending = lent ? await command.end() : await this.#terminal.lend(() => command.end())
    await lent
    return { isOpen: false, ending }
  }

  /** Whether a command of `.output` waits for more results. */
  get isOpen(): boolean {
    return this.#open.size > 0
  }

  /** Closes the input of all commands, since the engine has ended. Resolves when the terminal is free. */
  async close(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const { command } of all) void command.end()
    await Promise.all(all.map(({ lent }) => lent))
  }

  async #start({ id, command: line, isOnce }: Extract<ToPipe, { does: 'open' }>): Promise<void> {
    const env = await this.#childEnv()
    if (!isOnce) {
      this.#open.set(id, { command: new Command(line, env), lent: undefined })
      return
    }
    // the command is started after the terminal has left raw mode
    await new Promise<void>(resolve => {
      const lent = this.#terminal.lend(() => {
        const command = new Command(line, env)
        queueMicrotask(() => {
          this.#open.set(id, { command, lent })
          resolve()
        })
        return command.ended
      })
    })
  }
}
