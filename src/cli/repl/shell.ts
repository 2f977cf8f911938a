import { setTimeout as sleep } from 'node:timers/promises'
import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../../render/display.ts'
import { errorText } from '../report.ts'
import { metaHelp } from '../script/help.ts'
import { readMeta } from '../script/read-meta.ts'
import type { TerminalInfo } from '../world.ts'
import type { Frontend } from './frontend.ts'
import type { History } from './history.ts'
import type { EngineProcess } from './engine-process.ts'
import { lossText } from './loss-text.ts'
import { Output } from './output.ts'
import { checkWatched, edit, historyText, watchSeconds } from './prompt-commands.ts'
import { defaultPager, pagerCommand } from './pager.ts'
import type { Pipes } from './pipes.ts'
import type { SandboxSites } from './protocol.ts'
import type { ScanItem } from '../../sql/scan.ts'
import { withDot, scan } from './scan.ts'

/** The parts that the shell connects. */
export interface ShellParts {
  readonly frontend: Frontend
  readonly engine: EngineProcess
  readonly history: History
  /** The commands that read results. */
  readonly pipes: Pick<Pipes, 'isOpen'>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The environment of child programs: without credentials. */
  readonly childEnv: () => Promise<NodeJS.ProcessEnv>
  /** Colours are wanted. */
  readonly color: boolean
  readonly sandbox: () => SandboxSites | undefined
}

/** A statement or command of an entry. */
interface Entered {
  readonly kind: ScanItem['kind']
  /** With its terminator. */
  readonly text: string
  /** Without its terminator. */
  readonly sql: string
  /** The semicolon, or what replaces it: `\watch 5`, `\e`. */
  readonly terminator: string
  readonly start: number
  readonly end: number
}

/** The statements and commands in a text. */
function enteredIn(text: string): Entered[] {
  return scan(text)
    .items.filter(i => i.hasToken)
    .map(({ kind, start, end, ending }) => ({
      kind,
      start,
      end: ending?.end ?? end,
      text: text.slice(start, ending?.end ?? end),
      sql: text.slice(start, end).trimEnd(),
      terminator: ending ? text.slice(ending.start, ending.end) : '',
    }))
}

/** The read-and-run loop. */
export class Shell {
  readonly #parts: ShellParts
  /** The last statement, for `.edit` and `.watch`. */
  #last = ''
  /** The initial text of the next entry. */
  #initial = ''
  #isEnding = false
  #status = 0
  /** Ctrl-C was pressed since the entry was read: nothing more of it is started. */
  #isInterrupted = false
  /** The command line of a pager that could not be run. */
  #deadPager: string | undefined
  /** What `.pager` has set: a command line, or that there is none; undefined: as the environment says. */
  #pager: string | { readonly isOff: true } | undefined
  /** Ends the pause between two runs of `.watch`. */
  #stop = new AbortController()

  constructor(parts: ShellParts) {
    this.#parts = parts
  }

  /** Ctrl-C while something runs. */
  interrupt(): void {
    this.#isInterrupted = true
    this.#stop.abort()
    this.#parts.engine.cancel()
  }

  /** Ends the shell after the current entry. */
  end(status: number): void {
    this.#isEnding = true
    this.#status = status
    this.#parts.frontend.end()
  }

  /** Reads and runs entries until the user leaves; resolves with the exit status. */
  async loop(): Promise<number> {
    const { frontend, history } = this.#parts
    while (!this.#isEnding) {
      const initial = this.#initial
      this.#initial = ''
      this.#isInterrupted = false
      const entry = await frontend.read(this.#name(), initial)
      if (entry.kind === 'end') break
      const all = enteredIn(entry.text)
      for (const [i, { start, end }] of all.entries()) history.add(entry.text.slice(i === 0 ? 0 : start, end))
      await this.#all(all)
    }
    this.#isInterrupted = false
    if (this.#reportLoss()) this.#status ||= 1
    // says what became of the results, if the terminal is there
    if (this.#parts.pipes.isOpen || (!frontend.isGone && this.#parts.engine.writing !== undefined))
      this.#status ||= await this.#run('.output', undefined)
    return this.#status
  }

  /** Runs the start file, up to its first error, which is reported with its line. */
  async file(name: string, text: string): Promise<void> {
    for (const item of enteredIn(text)) {
      // leading line ends give errors the right line number
      const padded = '\n'.repeat(text.slice(0, item.start).split('\n').length - 1) + item.text
      if (this.#isEnding || (await this.#one(item, name, padded)) !== 0) return
    }
  }

  async #all(items: readonly Entered[]): Promise<void> {
    for (const [i, item] of items.entries()) {
      const status = await this.#one(item, undefined)
      const left = items.length - i - 1
      if (this.#isEnding) return
      if (status === 0 || left === 0) continue
      this.#parts.frontend.note(`${left} more ${left === 1 ? 'statement was' : 'statements were'} not run\n`)
      return
    }
  }

  /** The name in the prompt: `sandbox`, the profile, or the program. */
  #name(): string {
    const { engine, env, sandbox } = this.#parts
    return sandbox() ? 'sandbox' : (engine.settings?.profile ?? (env.CONFLUENTQL_PROFILE || 'confluentql'))
  }

  /** Runs one statement or meta-command; resolves with its status. */
  async #one(item: Entered, name: string | undefined, padded = item.text): Promise<number> {
    const { kind, text, sql, terminator } = item
    this.#stop = new AbortController()
    try {
      if (kind === 'command') {
        const call = readMeta(withDot(text))
        return call.command.by === 'prompt'
          ? await this.#promptCommand(call.command.name, call.args)
          : await this.#run(padded, name)
      }
      const [, word, argument] = /^\\(watch|e)(?:[ \t]+([\d.]+))?/.exec(terminator) ?? []
      if (word === 'e') return await this.#edit(undefined, sql)
      this.#last = word === undefined ? text : sql
      return word === 'watch' ? await this.#watch(argument, true) : await this.#run(padded, name)
    } catch (error) {
      this.#parts.frontend.note(
        name === undefined
          ? errorText(error)
          : errorText(error).replace(
              /^error: /,
              () => `error: ${visible(name)}:${padded.length - text.length + 1}: `,
            ),
      )
      return 1
    }
  }

  async #promptCommand(name: string, args: readonly string[]): Promise<number> {
    switch (name) {
      case 'quit':
        this.end(0)
        return 0
      case 'help':
        return this.#show(metaHelp(args[0], this.#parts.frontend.width))
      case 'history':
        return this.#show(historyText(this.#parts.history.entries, args[0]))
      case 'edit':
        return this.#edit(args[0], this.#last)
      case 'pager':
        return this.#setPager(args.join(' '))
      default:
        return this.#watch(args[0])
    }
  }

  async #show(text: string): Promise<number> {
    const output = this.#output()
    await output.rows(text)
    await output.end()
    return 0
  }

  async #edit(file: string | undefined, text: string): Promise<number> {
    const { frontend, childEnv } = this.#parts
    const env = await childEnv()
    this.#initial = await frontend.lend(() => edit(text, file, env))
    return 0
  }

  /** `isNamed`: the statement is in the same entry. */
  async #watch(argument: string | undefined, isNamed = false): Promise<number> {
    const seconds = watchSeconds(argument)
    const { frontend } = this.#parts
    if (this.#last === '') {
      frontend.note('there is no statement to watch yet\n')
      return 1
    }
    checkWatched(this.#last, isNamed)
    const { signal } = this.#stop
    while (!signal.aborted) {
      frontend.note(`${new Date().toLocaleString('sv-SE')} (every ${seconds} s, Ctrl-C ends it)\n`)
      const status = await this.#run(this.#last, undefined, true)
      if (status !== 0) return signal.aborted ? 0 : status
      await sleep(seconds * 1000, undefined, { signal }).catch(() => {})
    }
    return 0
  }

  async #run(text: string, name: string | undefined, isWatched = false): Promise<number> {
    if (this.#isInterrupted) throw new ConfluentqlError('ABORTED', 'cancelled')
    const { frontend, engine, sandbox } = this.#parts
    this.#reportLoss()
    const output = this.#output(isWatched)
    const outcome = await engine.run({ text, name, terminal: this.#terminal(), sandbox: sandbox() }, output)
    await output.end()
    frontend.note(lossText(outcome, output.isCancelled, text))
    return outcome.status
  }

  /** Says what was lost with an engine that died since the last run. Returns whether that were results for a file. */
  #reportLoss(): boolean {
    const loss = this.#parts.engine.takeLoss()
    if (loss) this.#parts.frontend.note(lossText(loss, false, ''))
    return loss?.file !== undefined
  }

  /** `.pager`: sets the pager, or turns it off or on; says what it is. */
  #setPager(wanted: string): number {
    if (wanted !== '') this.#deadPager = undefined
    if (/^(?:off|0)$/i.test(wanted)) this.#pager = { isOff: true }
    // on, where the environment has none
    else if (/^(?:on|1|always)$/i.test(wanted))
      this.#pager = pagerCommand(this.#parts.env) ?? defaultPager(this.#parts.env)
    else if (wanted !== '') this.#pager = wanted
    this.#parts.frontend.note(`pager: ${visible(this.#command() ?? 'off')}\n`)
    return 0
  }

  /** The pager's command line. */
  #command(): string | undefined {
    if (typeof this.#pager === 'object') return undefined
    const command = this.#pager ?? pagerCommand(this.#parts.env)
    return command === this.#deadPager ? undefined : command
  }

  #output(isWatched = false): Output {
    const { frontend, childEnv } = this.#parts
    return new Output({
      terminal: frontend,
      childEnv,
      pager: () => (frontend.isTerminal && !isWatched ? this.#command() : undefined),
      onPagerFailed: command => {
        this.#deadPager = command
      },
    })
  }

  #terminal(): TerminalInfo | undefined {
    const { frontend, color } = this.#parts
    return frontend.isTerminal ? { columns: frontend.width, rows: frontend.height, color } : undefined
  }
}
