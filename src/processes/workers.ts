import { Child } from './child.ts'

/** What runs in a worker. */
export interface Task<To, From> {
  /** The message that begins it. */
  readonly message: To
  /** An abort ends it: at once, or if the policy has a grace, by the message `cancel` and then by ending its process. */
  readonly signal: AbortSignal
  /** Called with each message before the last; `reply` answers it. */
  readonly onMessage?: (message: From, reply: (message: To) => void) => void
}

/** The messages that every worker understands. */
export type ToAnyWorker = { readonly kind: 'cancel'; readonly reason: string }

/** The messages that every worker sends: it can take a task, it cannot start, its task has ended. */
export type FromAnyWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done' }

export interface Policy {
  /** Most processes. */
  readonly most: number
  /** Most that are being started at a time. */
  readonly mostStarting: number
  /** Milliseconds that a task waits before a further process is started for it. */
  readonly patience: number
  /** Processes without a task that are kept. */
  readonly kept: number
  /** Tasks of a process before it is replaced. */
  readonly tasks: number
  /** Milliseconds that a task has to end after `cancel` before its process is killed; 0: it is killed at once. */
  readonly grace: number
}

export interface WorkersOptions<To> {
  /** The built file of the processes. */
  readonly program: string
  readonly env?: NodeJS.ProcessEnv
  /** The first message to each. */
  readonly start: To
  readonly policy: Policy
  /** The error of a task whose process ended; `isStarted`: the process had begun with it. */
  readonly ended: (reason: string, isStarted: boolean) => Error
  /** The error of tasks that are open when the workers are closed. */
  readonly closed: () => Error
}

type Done<From> = Extract<From, { readonly kind: 'done' }>

interface Job<To, From> extends Task<To, From> {
  readonly resolve: (done: Done<From>) => void
  readonly reject: (error: unknown) => void
  readonly onAbort: () => void
  timer: NodeJS.Timeout | undefined
}

interface Worker<To extends object, From> {
  readonly child: Child<To, From>
  isReady: boolean
  /** It is ended after its task. */
  isRetired: boolean
  job: Job<To, From> | undefined
  tasks: number
  /** Counts up with each task of any worker. */
  lastUsed: number
}

/** Runs tasks in processes of their own, one at a time in each, since SQLite and PGlite cannot be interrupted: a process that does not stop is killed, and others go on. */
export class Workers<To extends object, From extends { readonly kind: string }> {
  readonly #options: WorkersOptions<To>
  readonly #workers = new Set<Worker<To, From>>()
  readonly #queue: Job<To, From>[] = []
  #uses = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: WorkersOptions<To>) {
    this.#options = options
  }

  /** Starts a process, so that the first task need not wait for it. */
  warm(): void {
    if (this.#workers.size === 0 && !this.#isClosed) this.#add()
  }

  /** Process ids. */
  pids(): number[] {
    return [...this.#workers].flatMap(w => w.child.pid ?? [])
  }

  /** Runs a task; resolves with the worker's last message. */
  run(task: Task<To, From>): Promise<Done<From>> {
    task.signal.throwIfAborted()
    return new Promise<Done<From>>((resolve, reject) => {
      const job: Job<To, From> = {
        ...task,
        resolve,
        reject,
        onAbort: () => this.#abort(job),
        timer: undefined,
      }
      task.signal.addEventListener('abort', job.onAbort, { once: true })
      this.#queue.push(job)
      this.#assign()
    })
  }

  /** Ends all processes, those with a task after it: what they have cached is no longer true. */
  renew(): void {
    for (const worker of this.#workers) {
      worker.isRetired = true
      if (!worker.job) this.#remove(worker)
    }
    this.#assign()
    this.warm()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const children = [...this.#workers].map(w => w.child)
    for (const worker of this.#workers) this.#end(worker, this.#options.closed())
    for (const job of this.#queue.splice(0)) this.#settle(job, () => job.reject(this.#options.closed()))
    await Promise.all(children.map(child => child.close()))
  }

  #add(): void {
    const { program, env, start } = this.#options
    const worker: Worker<To, From> = {
      child: new Child<To, From>(program, {
        ...(env && { env }),
        onMessage: message => this.#receive(worker, message),
        onEnd: reason => this.#end(worker, this.#options.ended(reason, worker.job !== undefined)),
      }),
      isReady: false,
      isRetired: false,
      job: undefined,
      tasks: 0,
      lastUsed: 0,
    }
    this.#workers.add(worker)
    worker.child.send(start)
  }

  /** Gives waiting tasks to free processes, and starts further ones. */
  #assign(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    // the one used last has the most in its cache
    const free = [...this.#workers]
      .filter(w => w.isReady && !w.job && !w.isRetired)
      .sort((a, b) => b.lastUsed - a.lastUsed)
    for (const worker of free) {
      const job = this.#queue.shift()
      if (!job) break
      worker.job = job
      worker.tasks++
      worker.lastUsed = ++this.#uses
      worker.child.send(job.message)
    }
    const { most, mostStarting, patience } = this.#options.policy
    const starting = [...this.#workers].filter(w => !w.isReady && !w.isRetired).length
    if (this.#workers.size >= most || starting >= Math.min(this.#queue.length, mostStarting)) return
    if (this.#workers.size === 0 || patience === 0) {
      this.#add()
      this.#assign()
    } else
      this.#timer = setTimeout(() => {
        this.#add()
        this.#assign()
      }, patience)
  }

  #receive(worker: Worker<To, From>, message: From): void {
    if (!this.#workers.has(worker)) return
    const { kind } = message
    if (kind === 'failed') {
      const { message: reason } = message as From & Extract<FromAnyWorker, { kind: 'failed' }>
      return this.#end(worker, this.#options.ended(reason, false))
    }
    if (kind === 'ready') {
      worker.isReady = true
      return this.#assign()
    }
    const { job } = worker
    if (kind !== 'done') return job?.onMessage?.(message, reply => worker.child.send(reply))
    worker.job = undefined
    if (job) this.#settle(job, () => job.resolve(message as Done<From>))
    if (worker.isRetired || worker.tasks >= this.#options.policy.tasks) this.#replace(worker)
    this.#assign()
    this.#dropSurplus()
  }

  /** Ends free processes beyond those that are kept, the one used longest ago first. */
  #dropSurplus(): void {
    const free = [...this.#workers].filter(w => w.isReady && !w.job).sort((a, b) => b.lastUsed - a.lastUsed)
    for (const worker of free.slice(this.#options.policy.kept)) this.#remove(worker)
  }

  #remove(worker: Worker<To, From>): void {
    this.#workers.delete(worker)
    worker.child.kill()
  }

  #replace(worker: Worker<To, From>): void {
    this.#remove(worker)
    this.warm()
  }

  #abort(job: Job<To, From>): void {
    const at = this.#queue.indexOf(job)
    if (at >= 0) this.#queue.splice(at, 1)
    const worker = [...this.#workers].find(w => w.job === job)
    const { reason } = job.signal as { reason: unknown }
    if (!worker) return this.#settle(job, () => job.reject(reason))
    const kill = (): void => {
      worker.job = undefined
      this.#settle(job, () => job.reject(reason))
      this.#replace(worker)
      this.#assign()
    }
    const { grace } = this.#options.policy
    if (grace === 0) return kill()
    job.timer = setTimeout(kill, grace)
    const cancel: ToAnyWorker = {
      kind: 'cancel',
      reason: reason instanceof Error ? reason.message : String(reason),
    }
    worker.child.send(cancel as ToAnyWorker & To)
  }

  /** A process has ended: its task fails, and others go on. One that never was ready fails all that wait. */
  #end(worker: Worker<To, From>, error: Error): void {
    if (!this.#workers.delete(worker)) return
    worker.child.kill()
    const { job } = worker
    worker.job = undefined
    const failed = job ? [job] : worker.isReady || this.#workers.size > 0 ? [] : this.#queue.splice(0)
    for (const each of failed)
      this.#settle(each, () => each.reject(each.signal.aborted ? each.signal.reason : error))
    this.#assign()
  }

  #settle(job: Job<To, From>, how: () => void): void {
    clearTimeout(job.timer)
    job.signal.removeEventListener('abort', job.onAbort)
    how()
  }
}
