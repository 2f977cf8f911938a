import { fork, type ChildProcess } from 'node:child_process'
import { SqlError } from '../wire/errors.ts'
import type { FromEvaluator, Outcome, Start, ToEvaluator, Unit } from './protocol.ts'

/** Processes with PGlite: a second one evaluates while the first is busy for long. */
const MOST = 2
/** Milliseconds that a unit waits before a further process is started for it. */
const PATIENCE = 300
/** A process is replaced after this many units: rolled back transactions leave dead rows. */
const UNITS_OF_A_LIFE = 5000

interface Job {
  readonly unit: Unit
  readonly signal: AbortSignal
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
  readonly onAbort: () => void
}

interface Worker {
  readonly child: ChildProcess
  isReady: boolean
  job: Job | undefined
  units: number
}

/** Runs units in processes of their own, which are ended to cancel a unit: PGlite cannot be interrupted. */
export class Evaluators {
  readonly #program: string
  readonly #start: Omit<Start, 'kind'>
  readonly #workers = new Set<Worker>()
  readonly #queue: Job[] = []
  #nextId = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** @param program the file of the process */
  constructor(program: string, start: Omit<Start, 'kind'>) {
    this.#program = program
    this.#start = start
  }

  /** Starts a process, so that the first unit need not wait for it. */
  warm(): void {
    if (this.#workers.size === 0 && !this.#isClosed) this.#add()
  }

  /** Process ids, for the meter. */
  pids(): number[] {
    return [...this.#workers].flatMap(w => w.child.pid ?? [])
  }

  /** Evaluates a unit. An abort of the signal ends it. @throws SqlError */
  run(unit: Unit, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted()
    return new Promise<Outcome>((resolve, reject) => {
      const job: Job = { unit, signal, resolve, reject, onAbort: () => this.#abort(job) }
      signal.addEventListener('abort', job.onAbort, { once: true })
      this.#queue.push(job)
      this.#assign()
    })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const worker of this.#workers) worker.child.kill('SIGKILL')
    for (const job of this.#queue.splice(0)) this.#settle(job, () => job.reject(shutdown()))
  }

  #add(): void {
    const child = fork(this.#program, [], {
      env: {},
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const worker: Worker = { child, isReady: false, job: undefined, units: 0 }
    this.#workers.add(worker)
    child.on('message', message => this.#receive(worker, message as FromEvaluator))
    child.on('error', () => {})
    child.on('exit', () =>
      this.#ended(worker, new SqlError('53200', 'Postgres ended unexpectedly, perhaps for want of memory')),
    )
    post(worker, { kind: 'start', ...this.#start })
  }

  #assign(): void {
    clearTimeout(this.#timer)
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.job) continue
      const job = this.#queue.shift()
      if (!job) return
      worker.job = job
      worker.units++
      post(worker, { kind: 'unit', id: ++this.#nextId, ...job.unit })
    }
    if (this.#queue.length === 0 || this.#isClosed) return
    if (this.#workers.size === 0) this.#add()
    else if (this.#workers.size < MOST && [...this.#workers].every(w => w.isReady))
      this.#timer = setTimeout(() => this.#add(), PATIENCE)
  }

  #receive(worker: Worker, message: FromEvaluator): void {
    if (message.kind === 'failed')
      return this.#ended(worker, new SqlError('58000', `Postgres does not start: ${message.message}`))
    if (message.kind === 'ready') worker.isReady = true
    else {
      const { job } = worker
      worker.job = undefined
      const { error } = message
      if (job)
        this.#settle(job, () =>
          error === undefined ? job.resolve(message) : job.reject(new SqlError('54000', error)),
        )
      if (worker.units >= UNITS_OF_A_LIFE) this.#replace(worker)
    }
    this.#assign()
  }

  #replace(worker: Worker): void {
    this.#workers.delete(worker)
    worker.child.kill('SIGKILL')
    if (!this.#isClosed && this.#workers.size === 0) this.#add()
  }

  #abort(job: Job): void {
    const at = this.#queue.indexOf(job)
    if (at >= 0) this.#queue.splice(at, 1)
    const worker = [...this.#workers].find(w => w.job === job)
    this.#settle(job, () => job.reject(job.signal.reason))
    if (!worker) return
    worker.job = undefined
    this.#replace(worker)
    this.#assign()
  }

  /** A process has ended: its unit fails, and others go on. One that never was ready fails all that wait. */
  #ended(worker: Worker, error: SqlError): void {
    if (!this.#workers.delete(worker)) return
    worker.child.kill('SIGKILL')
    const { job } = worker
    const failed = job ? [job] : worker.isReady || this.#workers.size > 0 ? [] : this.#queue.splice(0)
    for (const each of failed) this.#settle(each, () => each.reject(this.#isClosed ? shutdown() : error))
    this.#assign()
  }

  #settle(job: Job, how: () => void): void {
    job.signal.removeEventListener('abort', job.onAbort)
    how()
  }
}

function post({ child }: Worker, message: ToEvaluator): void {
  // the exit event reports a dead process
  child.send(message, () => {})
}

const shutdown = (): SqlError => new SqlError('57P01', 'the server is shutting down')
