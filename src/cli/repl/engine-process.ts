import { fileURLToPath } from 'node:url'
import { Child } from '../../processes/child.ts'
import { BusyLine } from './busy-line.ts'
import type { Ending } from '../pipe.ts'
import type { SessionInfo } from './session-info.ts'
import type { FromEngine, Start, ToEngine, ToPipe } from './protocol.ts'

const PROGRAM = fileURLToPath(new URL('./engine.js', import.meta.url))
/** Milliseconds in which an engine must acknowledge a cancellation, else it is killed; more if something would be lost with it. */
const CANCEL_TIMEOUT = { usual: 250, loss: 1000 }

/** What was lost with an engine. */
export interface Loss {
  /** Why it was replaced: killed while SQLite was busy, killed after a second cancellation, it died in a run, or between two. */
  readonly lost?: 'busy' | 'forced' | 'died' | 'idle'
  /** Why it died. */
  readonly reason?: string
  /** The unfinished result file that was lost with the engine. */
  readonly file?: string
  /** The commands `.output` and `.once` that were lost with the engine before a result went to their files. */
  readonly targets?: readonly string[]
  /** The temporary tables and views that were lost with the engine. */
  readonly temporary?: readonly string[]
}

/** How a run ended. */
export interface Outcome extends Loss {
  readonly status: number
  /** Cancelled before the engine had started. */
  readonly isNotStarted?: boolean
}

/** Receives the output of a run. */
export interface Sink {
  /** Resolves when the next text may be sent; false: the reader has stopped reading. */
  rows(text: string): Promise<boolean>
  note(text: string): void
  progress(text: string): void
  /** Resolves with whether the answer is yes. */
  ask(question: string): Promise<boolean>
}

/** Receives messages that belong to no run. */
export interface Listener {
  /** A message for a command that reads results. Resolves with the answer. */
  onPipe(message: ToPipe): Promise<{ readonly isOpen: boolean; readonly ending?: Ending }>
  /** The engine has ended, so that commands get no more input. Resolves when the terminal is free. */
  onLost(): Promise<void>
  onSessionInfo(sessionInfo: SessionInfo): void
  /** The session could not be opened: the error text and the exit status. */
  onFailed(text: string, status: number): void
}

type Running = {
  readonly sink: Sink
  readonly settle: (outcome: Outcome) => void
  isCancelled: boolean
  timer: NodeJS.Timeout | undefined
}

type Engine = Child<ToEngine, FromEngine>

/** The engine's process. One exists at a time; a lost one is replaced by another with the same settings. Lives from `start` to `close`. */
export class EngineProcess {
  #startMessage: Start
  readonly #listener: Listener
  #child: Engine | undefined
  /** An engine that is being killed, and why. */
  #killed: { readonly child: Engine; readonly why: 'busy' | 'forced' } | undefined
  #running: Running | undefined
  /** The engine has reported that it is ready. */
  #isReady = false
  /** A run to send when the engine is ready. */
  #queued: ToEngine | undefined
  /** The temporary tables and views of the session. */
  #temporary: readonly string[] = []
  /** The unfinished file that results go to. */
  #writing: string | undefined
  /** The commands that send further results elsewhere. */
  #targets: readonly string[] = []
  /** What was lost with an engine that died between two runs, until it is reported. */
  #loss: Loss | undefined
  readonly #busy = new BusyLine()
  /** Consecutive engines that ended without completing a run. */
  #failures = 0
  #isClosed = false

  constructor(startMessage: Start, listener: Listener) {
    this.#startMessage = startMessage
    this.#listener = listener
  }

  /** The settings after the last run. */
  get settings(): Start['settings'] {
    return this.#startMessage.settings
  }

  /** The unfinished file that results go to, if it has any. */
  get writing(): string | undefined {
    return this.#writing
  }

  /** What was lost with an engine that died between two runs, if that was not asked for before. */
  takeLoss(): Loss | undefined {
    const loss = this.#loss
    this.#loss = undefined
    return loss
  }

  start(): void {
    if (this.#child || this.#isClosed) return
    const child: Engine = new Child(PROGRAM, {
      onMessage: message => this.#receive(child, message),
      onEnd: reason => this.#ended(child, reason),
    })
    this.#child = child
    this.#isReady = false
    this.#send(this.#startMessage)
  }

  /** Runs one statement or meta-command. Only one runs at a time. */
  run(message: Omit<Extract<ToEngine, { kind: 'run' }>, 'kind'>, sink: Sink): Promise<Outcome> {
    this.start()
    return new Promise(settle => {
      this.#running = { sink, settle, isCancelled: false, timer: undefined }
      if (this.#isReady) this.#send({ kind: 'run', ...message })
      else this.#queued = { kind: 'run', ...message }
    })
  }

  /** Cancels the run: by a message first; kills the engine if it does not answer or on the second call. */
  cancel(): void {
    const running = this.#running
    if (!running) return
    if (this.#queued) {
      this.#queued = undefined
      return this.#settle({ status: 130, isNotStarted: true })
    }
    if (running.isCancelled) return this.#restart('forced')
    running.isCancelled = true
    const isLoss = this.#temporary.length > 0 || this.#writing !== undefined
    running.timer = setTimeout(
      () => this.#restart('busy'),
      isLoss ? CANCEL_TIMEOUT.loss : CANCEL_TIMEOUT.usual,
    )
    this.#send({ kind: 'cancel' })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#child?.close()
  }

  /** Ends the engine: at once if a statement runs, else as `close`, so that the file of `.output` is completed. */
  async leave(): Promise<void> {
    if (this.#running) this.#child?.kill()
    else await this.close()
  }

  #restart(why: 'busy' | 'forced'): void {
    const running = this.#running
    const child = this.#child
    if (!running || !child) return
    this.#child = undefined
    this.#killed = { child, why }
    child.kill()
  }

  #send(message: ToEngine): void {
    this.#child?.send(message)
  }

  #receive(child: Engine, message: FromEngine): void {
    if (child !== this.#child) return
    const running = this.#running
    const showBusy = (text: string): void => running?.sink.progress(text)
    if (message.kind === 'busy') return this.#busy.begin(showBusy)
    this.#busy.end(showBusy)
    switch (message.kind) {
      case 'ready':
        this.#isReady = true
        if (this.#queued) this.#send(this.#queued)
        this.#queued = undefined
        return
      case 'session-info':
        this.#temporary = message.sessionInfo.temporary ?? []
        return this.#listener.onSessionInfo(message.sessionInfo)
      case 'cancelling':
        return clearTimeout(running?.timer)
      case 'failed':
        this.#listener.onFailed(message.text, message.status)
        return this.#settle({ status: message.status })
      case 'note':
        return running?.sink.note(message.text)
      case 'progress':
        return running?.sink.progress(message.text)
      case 'ask':
        return void this.#ask(child, message.question)
      case 'rows':
        void (running?.sink.rows(message.text) ?? Promise.resolve(false)).then(isRead =>
          this.#send({ kind: 'ack', isClosed: !isRead }),
        )
        return
      case 'pipe':
        void this.#listener
          .onPipe(message)
          .then(answer => this.#answer(child, { kind: 'piped', ask: message.ask, ...answer }))
        return
      case 'done':
        this.#failures = 0
        this.#startMessage = { ...this.#startMessage, settings: message.settings, provider: message.provider }
        this.#writing = message.writing
        this.#targets = message.targets
        return this.#settle({ status: message.status })
      default:
    }
  }

  async #ask(child: Engine, question: string): Promise<void> {
    const isYes = (await this.#running?.sink.ask(question)) ?? false
    this.#answer(child, { kind: 'answer', isYes })
  }

  #answer(child: Engine, message: ToEngine): void {
    if (child === this.#child) this.#send(message)
  }

  #ended(child: Engine, reason: string): void {
    void this.#listener.onLost().then(() => this.#settleLost(child, reason))
  }

  #settleLost(child: Engine, reason: string): void {
    if (child === this.#killed?.child) {
      const { why } = this.#killed
      this.#killed = undefined
      return this.#settle({ status: 130, lost: why })
    }
    if (child !== this.#child) return
    this.#child = undefined
    this.#queued = undefined
    this.#failures++
    this.#settle({ status: 1, lost: 'died', reason })
  }

  #settle(outcome: Outcome): void {
    const running = this.#running
    clearTimeout(running?.timer)
    this.#busy.end(text => running?.sink.progress(text))
    this.#running = undefined
    const loss = this.#child ? {} : this.#lose()
    // after two failures in a row the next run starts it
    if (!this.#child && this.#failures < 2) this.start()
    if (running) running.settle({ ...outcome, ...loss })
    else if (Object.keys(loss).length > 0)
      this.#loss = { lost: 'idle', reason: outcome.reason ?? '', ...loss, ...this.#loss }
  }

  /** Forgets what an engine had that its successor will not have. */
  #lose(): Loss {
    const file = this.#writing
    const temporary = this.#temporary
    const targets = this.#targets.filter(t => file === undefined || !t.startsWith('.output '))
    this.#writing = undefined
    this.#targets = []
    this.#temporary = []
    return {
      ...(file !== undefined && { file }),
      ...(targets.length > 0 && { targets }),
      ...(temporary.length > 0 && { temporary }),
    }
  }
}
