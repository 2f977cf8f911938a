import { Readable, Writable } from 'node:stream'
import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { attend, sendToParent, texts } from '../hosted.ts'
import { Meter } from '../meter.ts'
import type { Pipe } from '../pipe.ts'
import { openSession } from '../open.ts'
import { errorText, exitStatus } from '../report.ts'
import { Notices } from '../run/notices.ts'
import { Runner } from '../run/runner.ts'
import { settingsOf, type Settings } from '../run/settings.ts'
import { profileOf } from '../../sandbox-profile.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { StatusLine } from '../status-line.ts'
import type { World } from '../world.ts'
import { SessionNames } from './session-names.ts'
import type { FromEngine, PipeRequest, Start, ToEngine } from './protocol.ts'

type Piped = Extract<ToEngine, { kind: 'piped' }>

const PAGER_CLOSED = new ConfluentqlError('ABORTED', 'the rest was not read')

/**
 * The session, in a process of its own: better-sqlite3 cannot be interrupted from within its process, but the prompt can
 * kill this one. It ends with the prompt.
 */
class Engine {
  readonly #settings: Settings
  readonly #session: Session
  readonly #runner: Runner
  readonly #sites: Record<string, string> = {}
  readonly #terminal: { columns: number; rows: number; readonly color: boolean } | undefined
  readonly #meter = new Meter()
  #cancel = new AbortController()
  #onAnswer: ((isYes: boolean) => void) | undefined
  #onAck: ((isClosed: boolean) => void) | undefined
  /** What waits for the answer to a message for a command, by its `ask`. */
  readonly #asked = new Map<number, (message: Piped) => void>()
  #asks = 0
  #pipes = 0
  /** The current statement only reads. */
  #isQuery = false
  #isPagerClosed = false
  readonly #names: SessionNames
  #background: Promise<void> = Promise.resolve()

  constructor({ options, settings, sandbox, isStdoutTerminal, terminal }: Start) {
    this.#settings = settings ?? settingsOf(options, { interactive: true, atTerminal: isStdoutTerminal })
    this.#terminal = terminal && { ...terminal }
    Object.assign(this.#sites, sandbox?.sites)
    const meter = this.#meter
    const line =
      options.progress && !options.quiet && terminal ? new StatusLine(this.#progress(), meter) : undefined
    const world: World = {
      stdin: Readable.from([]),
      stdout: this.#rows(),
      stderr: texts(text => this.#note(text)),
      env: process.env,
      meter,
      line,
      ...(line && { onBusy: sayBusy }),
      terminal: this.#terminal,
      notices: new Notices(),
      openPipe: (command, isOnce) => this.#openPipe(command, isOnce),
      asker: { isTyped: false, ask: question => this.#ask(question) },
    }
    this.#session = openSession(
      options,
      this.#settings,
      world,
      sandbox && { env: sandbox.env, profile: profileOf(() => this.#sites) },
    )
    this.#runner = new Runner(this.#session, this.#settings, world)
    this.#names = new SessionNames(
      this.#session,
      () => ({ variables: Object.keys(this.#settings.variables), resultColumns: this.#runner.lastColumns }),
      sessionInfo => send({ kind: 'session-info', sessionInfo }),
    )
  }

  /** Restores the provider that USE chose, then looks up the columns of views. The first run waits for both. */
  start(provider: string | undefined): void {
    this.#background = this.#use(provider)
      .then(() => this.#names.lookAtViews())
      .catch(() => {})
  }

  async #use(provider: string | undefined): Promise<void> {
    if (provider !== undefined)
      for await (const _ of this.#session.run(`USE ${provider}`)) {
        /* has no rows */
      }
  }

  async run({ text, name, terminal, sandbox }: Extract<ToEngine, { kind: 'run' }>): Promise<void> {
    // set before the first await, so that a cancellation during it belongs to this run
    const { signal } = (this.#cancel = new AbortController())
    this.#names.isRunPending = true
    await this.#background
    this.#names.isRunPending = false
    if (this.#terminal && terminal) Object.assign(this.#terminal, terminal)
    Object.assign(this.#sites, sandbox?.sites)
    const type = typeOf(lexOpen(text))
    this.#isQuery = type === 'query'
    this.#isPagerClosed = false
    const running = signal.aborted
      ? Promise.reject(signal.reason as Error)
      : this.#runner.run({ name, text }, signal)
    const status = await running.catch((error: unknown) => {
      send({ kind: 'note', text: errorText(error) })
      return exitStatus(error)
    })
    if (type === 'definition') this.#names.forgetViews()
    this.#names.send()
    send({
      kind: 'done',
      status,
      settings: this.#settings,
      provider: this.#names.provider,
      writing: this.#runner.outputs.writing,
      targets: this.#runner.outputs.route.commands,
    })
    // only for completion; a statement that uses a broken view reports the error itself
    this.#background = this.#names.lookAtViews().catch(() => {})
  }

  /** Delivers the answer to a question. */
  answer(isYes: boolean): void {
    this.#onAnswer?.(isYes)
    this.#onAnswer = undefined
  }

  #ask(question: string): Promise<boolean> {
    const resume = this.#meter.pause()
    return new Promise(resolve => {
      this.#onAnswer = isYes => {
        resume()
        resolve(isYes)
      }
      send({ kind: 'ask', question })
    })
  }

  cancel(): void {
    this.answer(false)
    send({ kind: 'cancelling' })
    this.#cancel.abort(new ConfluentqlError('ABORTED', 'cancelled'))
    this.#onAck?.(false)
  }

  ack(isClosed: boolean): void {
    this.#onAck?.(isClosed)
  }

  /** Asks the prompt to start a command that reads results. */
  async #openPipe(command: string, isOnce: boolean): Promise<Pipe> {
    const id = ++this.#pipes
    const ask = (request: PipeRequest): Promise<Piped> =>
      new Promise(resolve => {
        const number = ++this.#asks
        const resume = this.#meter.pause()
        this.#asked.set(number, message => {
          resume()
          resolve(message)
        })
        send({ kind: 'pipe', id, ask: number, ...request })
      })
    await ask({ does: 'open', command, isOnce })
    return {
      write: async data => (await ask({ does: 'write', data })).isOpen,
      end: async () => (await ask({ does: 'end' })).ending!,
    }
  }

  piped(message: Piped): void {
    this.#asked.get(message.ask)?.(message)
    this.#asked.delete(message.ask)
  }

  /** Completes the file of `.output` and closes the session. */
  async close(): Promise<void> {
    await this.#runner.finish(0)
    await this.#session.close()
  }

  /** A stream that sends a text only after the prompt has acknowledged the one before. Drops the rest once the user has closed the pager. */
  #rows(): Writable {
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        if (this.#isPagerClosed) return done()
        const resume = this.#meter.pause()
        this.#onAck = isClosed => {
          this.#onAck = undefined
          resume()
          if (isClosed) this.#stopReading()
          done()
        }
        return send({ kind: 'rows', text: typeof chunk === 'string' ? chunk : chunk.toString('utf8') })
      },
    })
  }

  /** The pager was closed: cancels a statement that only reads; lets a change go on. */
  #stopReading(): void {
    this.#isPagerClosed = true
    if (this.#isQuery) this.#cancel.abort(PAGER_CLOSED)
  }

  #note(text: string): void {
    send({
      kind: 'note',
      text:
        this.#isPagerClosed && text.startsWith(`error: ${PAGER_CLOSED.message}`)
          ? `(${PAGER_CLOSED.message})\n`
          : text,
    })
  }

  #progress(): Writable & { readonly columns: number } {
    const stream = texts(text => send({ kind: 'progress', text }))
    return Object.defineProperty(stream, 'columns', {
      get: () => this.#terminal?.columns ?? 80,
    }) as Writable & { readonly columns: number }
  }
}

/** The last message said that SQLite is busy. */
let isBusySaid = false

function send(message: FromEngine): void {
  isBusySaid = message.kind === 'busy'
  sendToParent(message)
}

/** Says so once for steps between which nothing else is sent. */
function sayBusy(isBusy: boolean): void {
  if (isBusy && !isBusySaid) send({ kind: 'busy' })
}

function main(): void {
  let engine: Engine | undefined
  const receive = (message: ToEngine): void => {
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
        return engine?.answer(message.isYes)
      case 'ack':
        return engine?.ack(message.isClosed)
      case 'piped':
        return engine?.piped(message)
      default:
    }
  }
  attend(receive, () => engine?.close())
}

main()
