import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SessionInfo } from './session-info.ts'
import type { FromEngine, Start, ToEngine } from './protocol.ts'

const PROGRAM = fileURLToPath(new URL('./engine.js', import.meta.url))
/** Milliseconds in which an engine that can still cancel says so. */
const PATIENCE = 250

/** What comes of a run. */
export interface Outcome {
  readonly status: number
  /** The engine is another one: the run was given up because it kept SQLite busy, or was cancelled twice; or the engine died. */
  readonly lost?: 'busy' | 'forced' | 'died'
  /** How it died. */
  readonly how?: string
  /** It was given up while the engine still started. */
  readonly isUnbegun?: boolean
  /** The file that results went to, which was lost with this engine or the one before. */
  readonly file?: string
}

/** Where the texts of a run go. */
export interface Sink {
  /** Resolves when more may come, with false when nobody reads on. */
  rows(text: string): Promise<boolean>
  note(text: string): void
  progress(text: string): void
  /** Resolves with whether the user says yes. */
  ask(question: string): Promise<boolean>
}

/** Told what comes outside a run. */
export interface Listener {
  onSessionInfo(sessionInfo: SessionInfo): void
  /** There can be no session: what to say, and the exit status. */
  onFailed(text: string, status: number): void
}

type Running = {
  readonly sink: Sink
  readonly settle: (outcome: Outcome) => void
  isCancelled: boolean
  timer: NodeJS.Timeout | undefined
}

/** The engine's process: one at a time, started anew with the same settings when it is lost. From `start` to `close`. */
export class EngineProcess {
  #begin: Start
  readonly #listener: Listener
  #child: ChildProcess | undefined
  #running: Running | undefined
  /** The engine has started, and so can be asked. */
  #isReady = false
  /** What is to run when it has. */
  #waiting: ToEngine | undefined
  /** The file that its results go to and that is not whole yet. */
  #writing: string | undefined
  /** Such a file of an engine that is gone, until it is told. */
  #lost: string | undefined
  /** Engines that ended without having run anything, one after the other. */
  #failures = 0
  #isClosed = false

  constructor(begin: Start, listener: Listener) {
    this.#begin = begin
    this.#listener = listener
    process.on('exit', this.kill)
  }

  /** What the session runs with since its last run. */
  get settings(): Start['settings'] {
    return this.#begin.settings
  }

  start(): void {
    if (this.#child || this.#isClosed) return
    const child = fork(PROGRAM, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let words = ''
    child.stderr!.on('data', (text: Buffer) => {
      words = (words + text.toString('utf8')).slice(-4000)
    })
    child.on('message', message => this.#take(child, message as FromEngine))
    child.on('error', () => {})
    child.on('exit', (code, signal) => this.#ended(child, howItEnded(code, signal, words)))
    this.#child = child
    this.#isReady = false
    this.#send(this.#begin)
  }

  /** Runs one statement or meta-command. Only one runs at a time. */
  run(message: Omit<Extract<ToEngine, { kind: 'run' }>, 'kind'>, sink: Sink): Promise<Outcome> {
    this.start()
    return new Promise(settle => {
      this.#running = { sink, settle, isCancelled: false, timer: undefined }
      if (this.#isReady) this.#send({ kind: 'run', ...message })
      else this.#waiting = { kind: 'run', ...message }
    })
  }

  /** Ends what runs: by asking, or by force if there is no answer, or if it is asked again. */
  cancel(): void {
    const running = this.#running
    if (!running) return
    if (this.#waiting) {
      this.#waiting = undefined
      return this.#settle({ status: 130, isUnbegun: true })
    }
    if (running.isCancelled) return this.#giveUp('forced')
    running.isCancelled = true
    running.timer = setTimeout(() => this.#giveUp('busy'), PATIENCE)
    this.#send({ kind: 'cancel' })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    process.off('exit', this.kill)
    const child = this.#child
    if (!child) return
    const ended = new Promise(resolve => {
      child.once('exit', resolve)
    })
    child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000)
    await ended
    clearTimeout(timer)
  }

  /** Ends the engine at once. */
  readonly kill = (): void => {
    this.#child?.kill('SIGKILL')
  }

  #giveUp(why: 'busy' | 'forced'): void {
    const running = this.#running
    const child = this.#child
    if (!running || !child) return
    this.#child = undefined
    child.once('exit', () => this.#settle({ status: 130, lost: why }))
    child.kill('SIGKILL')
  }

  #send(message: ToEngine): void {
    // one that has just ended tells so itself
    this.#child?.send(message, () => {})
  }

  #take(child: ChildProcess, message: FromEngine): void {
    if (child !== this.#child) return
    const running = this.#running
    switch (message.kind) {
      case 'ready':
        this.#isReady = true
        if (this.#waiting) this.#send(this.#waiting)
        this.#waiting = undefined
        return
      case 'facts':
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
          this.#send({ kind: 'taken', isClosed: !isRead }),
        )
        return
      case 'done':
        this.#failures = 0
        this.#begin = { ...this.#begin, settings: message.settings, provider: message.provider }
        this.#writing = message.writing
        return this.#settle({ status: message.status })
      default:
    }
  }

  async #ask(child: ChildProcess, question: string): Promise<void> {
    const isYes = (await this.#running?.sink.ask(question)) ?? false
    if (child === this.#child) this.#send({ kind: 'answer', isYes })
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return
    this.#child = undefined
    this.#waiting = undefined
    this.#failures++
    this.#settle({ status: 1, lost: 'died', how })
  }

  #settle(outcome: Outcome): void {
    const running = this.#running
    clearTimeout(running?.timer)
    this.#running = undefined
    // one that cannot even start is tried again when something is to run
    if (!this.#child) {
      this.#lost ??= this.#writing
      this.#writing = undefined
      if (this.#failures < 2) this.start()
    }
    if (!running) return
    const file = this.#lost
    this.#lost = undefined
    running.settle(file === undefined ? outcome : { ...outcome, file })
  }
}

/** In one line: a signal, or the last thing that it said. */
function howItEnded(code: number | null, signal: NodeJS.Signals | null, words: string): string {
  if (/heap out of memory|allocation failed/i.test(words)) return 'it ran out of memory'
  const said = words
    .split('\n')
    .find(l => /error|cannot/i.test(l))
    ?.trim()
  if (signal === 'SIGKILL') return 'it was killed, perhaps for want of memory'
  return said ?? (signal ? `it was ended by ${signal}` : `it ended with status ${code}`)
}
