import { Readable, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { guardCrashes } from '../crash.ts'
import { Meter } from '../meter.ts'
import { openSession } from '../open.ts'
import { errorText, exitStatus } from '../report.ts'
import { Runner } from '../run/runner.ts'
import { settingsOf, type Settings } from '../run/settings.ts'
import { profileOf } from '../sandbox.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { StatusLine } from '../status-line.ts'
import type { World } from '../world.ts'
import type { KnownTable } from './session-info.ts'
import type { FromEngine, Start, ToEngine } from './protocol.ts'

const LEFT = new ConfluentqlError('ABORTED', 'the rest was not read')

/**
 * The process beside the prompt that holds the session, so that SQLite, which nothing within its own process can
 * interrupt, can be ended from without. It does what the prompt says and ends with it.
 */
class Engine {
  readonly #settings: Settings
  readonly #session: Session
  readonly #runner: Runner
  readonly #sites: Record<string, string> = {}
  readonly #terminal: { columns: number; readonly color: boolean } | undefined
  #cancel = new AbortController()
  #answered: ((isYes: boolean) => void) | undefined
  #taken: ((isClosed: boolean) => void) | undefined
  /** What runs only reads. */
  #isQuery = false
  #hasLeft = false
  /** Columns of views, since finding them takes a plan. */
  #views = new Map<string, KnownTable>()
  #known: ReturnType<Session['names']> = { provider: undefined, tables: [], views: [], functions: [] }
  #isWanted = false
  #idle: Promise<void> = Promise.resolve()

  constructor({ options, settings, sandbox, isSeen, terminal }: Start) {
    this.#settings = settings ?? settingsOf(options, { interactive: true, atTerminal: isSeen })
    this.#terminal = terminal && { ...terminal }
    Object.assign(this.#sites, sandbox?.sites)
    const meter = new Meter()
    const line =
      options.progress && !options.quiet && terminal ? new StatusLine(this.#progress(), meter) : undefined
    const world: World = {
      stdin: Readable.from([]),
      stdout: this.#rows(),
      stderr: texts(text => this.#note(text)),
      env: process.env,
      meter,
      line,
      terminal: this.#terminal,
      asker: { isTyped: false, ask: question => this.#ask(question) },
    }
    this.#session = openSession(
      options,
      this.#settings,
      world,
      sandbox && { env: sandbox.env, profile: profileOf(this.#sites) },
    )
    this.#runner = new Runner(this.#session, this.#settings, world)
  }

  /** Goes on with the provider that USE chose; a run waits for that, and for the facts after it. */
  start(provider: string | undefined): void {
    this.#idle = this.#use(provider)
      .then(() => this.#lookAtViews())
      .catch(() => {})
  }

  async #use(provider: string | undefined): Promise<void> {
    if (provider !== undefined)
      for await (const _ of this.#session.run(`USE ${provider}`)) {
        /* has no rows */
      }
  }

  async run({ text, name, terminal, sandbox }: Extract<ToEngine, { kind: 'run' }>): Promise<void> {
    // before anything is waited for, so that a cancellation meanwhile is of this run
    const { signal } = (this.#cancel = new AbortController())
    this.#isWanted = true
    await this.#idle
    this.#isWanted = false
    if (this.#terminal && terminal) this.#terminal.columns = terminal.columns
    Object.assign(this.#sites, sandbox?.sites)
    const entered = typeOf(lexOpen(text))
    this.#isQuery = entered === 'query'
    this.#hasLeft = false
    const begun = signal.aborted
      ? Promise.reject(signal.reason as Error)
      : this.#runner.run({ name, text }, signal)
    const status = await begun.catch((error: unknown) => {
      send({ kind: 'note', text: errorText(error) })
      return exitStatus(error)
    })
    if (entered === 'definition') this.#views.clear()
    this.#sendSessionInfo()
    send({
      kind: 'done',
      status,
      settings: this.#settings,
      provider: this.#known.provider,
      writing: this.#runner.writing,
    })
    // a help only; a statement that needs what cannot be looked at will say so
    this.#idle = this.#lookAtViews().catch(() => {})
  }

  /** The prompt has the answer to a question. */
  answered(isYes: boolean): void {
    this.#answered?.(isYes)
    this.#answered = undefined
  }

  #ask(question: string): Promise<boolean> {
    return new Promise(resolve => {
      this.#answered = resolve
      send({ kind: 'ask', question })
    })
  }

  cancel(): void {
    this.answered(false)
    send({ kind: 'cancelling' })
    this.#cancel.abort(new ConfluentqlError('ABORTED', 'cancelled'))
    this.#taken?.(false)
  }

  taken(isClosed: boolean): void {
    this.#taken?.(isClosed)
  }

  /** Completes what `.output` writes. */
  async close(): Promise<void> {
    await this.#runner.finish(0)
    await this.#session.close()
  }

  /** Each text waits until the prompt has taken the one before; when the user has left the pager, the rest goes nowhere. */
  #rows(): Writable {
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        if (this.#hasLeft) return done()
        this.#taken = isClosed => {
          this.#taken = undefined
          if (isClosed) this.#leave()
          done()
        }
        return send({ kind: 'rows', text: typeof chunk === 'string' ? chunk : chunk.toString('utf8') })
      },
    })
  }

  /** Nobody reads the rest: what only reads is ended, what changes something goes on. */
  #leave(): void {
    this.#hasLeft = true
    if (this.#isQuery) this.#cancel.abort(LEFT)
  }

  #note(text: string): void {
    send({
      kind: 'note',
      text: this.#hasLeft && text.startsWith(`error: ${LEFT.message}`) ? `(${LEFT.message})\n` : text,
    })
  }

  #progress(): Writable & { readonly columns: number } {
    const stream = texts(text => send({ kind: 'progress', text }))
    return Object.defineProperty(stream, 'columns', {
      get: () => this.#terminal?.columns ?? 80,
    }) as Writable & { readonly columns: number }
  }

  /** What statements may name now; what was known last if the database cannot be read. */
  #names(): ReturnType<Session['names']> {
    try {
      this.#known = this.#session.names()
    } catch {
      // a file that another program holds, say: statements that need it will tell
    }
    return this.#known
  }

  /** Tells what is known now. */
  #sendSessionInfo(): void {
    const { provider, tables, views, functions } = this.#names()
    const shown = [...tables, ...views.map(name => this.#views.get(name) ?? { name, columns: [] })].map(
      ({ name, columns }) => ({ name, columns }),
    )
    send({
      kind: 'facts',
      sessionInfo: {
        provider,
        functions: functions.toSorted(),
        variables: Object.keys(this.#settings.variables),
        tables: shown,
      },
    })
  }

  /**
   * Finds the columns of views that are not known yet. Planning a statement uses the same tables as running one, so a run
   * waits for the view that is looked at, and the others for the end of the run. Between two views messages are taken.
   */
  async #lookAtViews(): Promise<void> {
    const unknown = this.#names().views.filter(name => !this.#views.has(name))
    for (const name of unknown) {
      if (this.#isWanted) break
      this.#views.set(name, { name, columns: await this.#columnsOf(name) })
      await turn()
    }
    if (unknown.length > 0) this.#sendSessionInfo()
  }

  async #columnsOf(name: string): Promise<KnownTable['columns']> {
    const quoted = name
      .split('.')
      .map(part => `"${part}"`)
      .join('.')
    const plan = await this.#session.plan(`SELECT * FROM ${quoted}`).catch(() => undefined)
    return plan?.kind === 'query'
      ? plan.columns.map(c => ({
          name: c.name,
          shape: { type: c.type === 'any' || c.type === 'json' ? 'string' : c.type },
        }))
      : []
  }
}

function texts(take: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      take(typeof chunk === 'string' ? chunk : chunk.toString('utf8'))
      done()
    },
  })
}

function send(message: FromEngine): void {
  process.send!(message, () => {})
}

/** Ends this process when the prompt's is gone, even while SQLite keeps the thread. */
function watchParent(): void {
  const code =
    'const { workerData } = require("worker_threads"); setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL") }, 1000)'
  new Worker(code, { eval: true, workerData: process.ppid }).unref()
}

function main(): void {
  guardCrashes()
  // Ctrl-C in a pager reaches every process of the terminal; the prompt says what it means
  process.on('SIGINT', () => {})
  watchParent()
  let engine: Engine | undefined
  process.on('disconnect', () => {
    void Promise.resolve(engine?.close()).finally(() => process.exit())
  })
  process.on('message', (message: ToEngine) => {
    switch (message.kind) {
      case 'start':
        try {
          engine = new Engine(message)
          engine.start(message.provider)
          send({ kind: 'ready' })
        } catch (error) {
          send({ kind: 'failed', text: errorText(error), status: exitStatus(error) })
        }
        break
      case 'run':
        return void engine?.run(message)
      case 'cancel':
        return engine?.cancel()
      case 'answer':
        return engine?.answered(message.isYes)
      case 'taken':
        return engine?.taken(message.isClosed)
      default:
    }
  })
}

main()
