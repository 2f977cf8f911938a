import { readFile } from 'node:fs/promises'
import { ConfluentqlError } from '../errors.ts'
import type { Progress, Result, Row } from '../engine/result.ts'
import type { Trace } from '../http/types.ts'
import { type Profile, Session } from '../index.ts'
import { openOutput } from '../render/output.ts'
import { checkResultCount, createRenderer } from '../render/renderer.ts'
import type { Output, Renderer } from '../render/types.ts'
import { visible } from '../render/display.ts'
import type { Piece } from '../sql/split.ts'
import { isOp, isWord } from '../sql/lexer.ts'
import type { CliOptions } from './options.ts'
import { errorText, exitStatus, type Script } from './report.ts'
import { StatusLine } from './status-line.ts'

/** The streams and variables of the process, handed in so that only main.ts touches it. */
export interface World {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Shows long work; none where nobody watches. */
  readonly line?: StatusLine | undefined
}

/** Milliseconds between two looks at what is waited for in the sandbox, where each look moves it on. */
const SANDBOX_EVERY = 200

/** A session as the command line asks for it; against a sandbox, with its addresses and credentials instead of the user's. */
export function openSession(options: CliOptions, world: World, sandbox?: { readonly env: Readonly<Record<string, string>>; readonly profile: Profile }): Session {
  const say = (text: string): void => {
    world.line?.clear()
    world.stderr.write(text)
  }
  return new Session({
    env: { ...world.env, ...sandbox?.env }, profile: sandbox?.profile ?? options.profile, endpoint: options.endpoint, timeout: options.timeout, retries: options.retries,
    concurrency: options.concurrency, variables: options.variables, dryRun: options.dryRun, db: options.db, showSecrets: options.showSecrets,
    await: options.await, awaitTimeout: options.awaitTimeout, awaitEvery: sandbox && SANDBOX_EVERY, onProgress: options.quiet || !options.progress ? undefined : progressTo(say),
    onTrace: t => {
      world.line?.count(t)
      if (options.trace) say(traceLine(t))
    },
    onNotice: options.quiet ? undefined : text => say(`notice: ${visible(text)}\n`),
  })
}

/** The line that shows long work, for a terminal that wants it. */
export function statusLine(options: CliOptions, world: World): StatusLine | undefined {
  return world.stderr.isTTY && options.progress && !options.quiet && world.env.TERM !== 'dumb' ? new StatusLine(world.stderr) : undefined
}

/** Tells how far what is waited for has come: a line whenever that changes. */
function progressTo(say: (text: string) => void): (progress: Progress) => void {
  const last = new Map<string, string>()
  return ({ name, phase, ms }) => {
    if (last.get(name) === phase) return
    last.set(name, phase)
    say(`waiting: ${visible(name)} is ${visible(phase)} (${Math.round(ms / 1000)} s)\n`)
  }
}

function traceLine(t: Trace): string {
  const outcome = t.status === undefined ? (t.error ?? 'no answer') : `${t.status}`
  const again = t.retryIn === undefined ? '' : `, again in ${Math.round(t.retryIn)} ms`
  return `${t.method} ${visible(t.url)} ${visible(outcome)} ${Math.round(t.ms)} ms ${t.bytes} B${t.attempt > 1 ? ` (try ${t.attempt})` : ''}${again}\n`
}

/** The scripts of the command line, in order: the SQL argument, then the files; standard input if there is neither. */
export async function readScripts(options: CliOptions, world: World): Promise<Script[]> {
  const scripts: Script[] = options.sql === undefined ? [] : [{ name: undefined, text: options.sql }]
  const files = options.files.length === 0 && options.sql === undefined ? ['-'] : options.files
  for (const file of files) {
    if (file === '-') scripts.push({ name: options.sql === undefined && options.files.length === 0 ? undefined : '<stdin>', text: await readAll(world.stdin) })
    else scripts.push({ name: file, text: await readScript(file) })
  }
  return scripts
}

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'no permission' }

/** Bytes as text: replacing what is no UTF-8 would put other values into statements than those written. */
function decoded(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ConfluentqlError('USAGE', `cannot read ${name}: it is not UTF-8 text`, { cause, hint: 'save it as UTF-8' })
  }
}

async function readScript(file: string): Promise<string> {
  try {
    return decoded(await readFile(file), file)
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message
    throw new ConfluentqlError('USAGE', `cannot read ${file}: ${why}`, { cause })
  }
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return decoded(Buffer.concat(chunks), 'standard input')
}

/** Runs scripts to one output; returns the exit status. Errors are told on stderr. */
export async function runScripts(scripts: readonly Script[], session: Session, options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  await checkResults(scripts, session, options)
  const output = await openOutput(options.out, world.stdout)
  const terminal = options.out === undefined && world.stdout.isTTY
  const renderer = createRenderer({
    format: options.format, header: options.header, nullText: options.nullText, delimiter: options.delimiter,
    width: terminal ? world.stdout.columns : undefined,
    color: terminal && options.color !== false && !world.env.NO_COLOR && world.env.TERM !== 'dumb',
    ascii: !/utf-?8/i.test(world.env.LC_ALL || world.env.LC_CTYPE || world.env.LANG || ''),
    document: { profile: options.sandbox ? 'sandbox' : options.profile, at: new Date() },
  }, output.write)
  const run = new Run(session, renderer, output, options, world, signal)
  let status = 0
  for (const script of scripts) {
    status = Math.max(status, await run.script(script))
    if (run.isOver || (status > 0 && !options.keepGoing)) break
  }
  return run.finish(status)
}

/** Refuses results that one document cannot hold before any statement runs: a change cannot be taken back. */
async function checkResults(scripts: readonly Script[], session: Session, { format }: CliOptions): Promise<void> {
  let count = 0
  for (const script of scripts) {
    for (const piece of piecesOf(script, session)) if (await givesRows(script, piece, session)) checkResultCount(format, ++count)
  }
}

/** The statements of a script; none of a text that cannot be split, which its run will tell. */
function piecesOf(script: Script, session: Session): readonly Piece[] {
  try {
    return session.statements(script.text)
  } catch {
    return []
  }
}

/** One run of the program: its scripts, one renderer, one output. */
class Run {
  isOver = false
  #results = 0
  #statements = 0
  /** A result was begun and not completed. */
  #isBroken = false
  /** There are rows of changes that were made, which no second run will give again. */
  #isPrecious = false
  readonly #session: Session
  readonly #renderer: Renderer
  readonly #output: Output
  readonly #options: CliOptions
  readonly #world: World
  readonly #signal: AbortSignal

  constructor(session: Session, renderer: Renderer, output: Output, options: CliOptions, world: World, signal: AbortSignal) {
    this.#session = session
    this.#renderer = renderer
    this.#output = output
    this.#options = options
    this.#world = world
    this.#signal = signal
  }

  async script(script: Script): Promise<number> {
    let status = 0
    let pieces: readonly Piece[] = []
    try {
      pieces = this.#session.statements(script.text)
    } catch (error) {
      return this.#fail(error, script)
    }
    for (const piece of pieces) {
      this.#statements++
      this.#world.line?.start()
      try {
        await this.#statement(script, piece)
      } catch (error) {
        status = Math.max(status, this.#fail(error, script))
        if (this.isOver || !this.#options.keepGoing || this.#signal.aborted) return status
      }
    }
    return status
  }

  async #statement(script: Script, piece: Piece): Promise<void> {
    if (await givesRows(script, piece, this.#session)) checkResultCount(this.#options.format, this.#results + 1)
    const result = await this.#session.runPiece(script.text, piece, this.#signal)
    if (result.columns.length > 0) {
      const rows = await begun(result.rows)
      if (this.#options.out === undefined && this.#world.stdout.isTTY) this.#world.line?.stop()
      this.#results++
      await this.#renderer.result({ sql: script.text.slice(piece.start, piece.end) }, result.columns, rows).catch((error: unknown) => {
        this.#isBroken = true
        throw error
      })
      this.#isPrecious ||= (result.affected?.count ?? 0) > 0
    }
    try {
      result.finish()
    } catch (error) {
      if ((result.affected?.count ?? 0) > 0) this.#tell(result)
      throw error
    }
    this.#world.line?.stop()
    this.#tell(result)
  }

  #tell({ affected, columns }: Result): void {
    if (affected && columns.length === 0 && !this.#options.quiet) this.#world.stderr.write(`${affected.verb}${affected.count === undefined ? '' : ` ${affected.count}`}\n`)
  }

  #fail(error: unknown, script: Script): number {
    this.#world.line?.stop()
    if (this.#output.closed) {
      this.isOver = true
      return 0
    }
    this.#world.stderr.write(errorText(error, script))
    return exitStatus(error)
  }

  /** Completes the output, or takes back what a failed run wrote to a file, unless that cannot be had again. */
  async finish(status: number): Promise<number> {
    if (this.#statements === 0 && status === 0) {
      this.#world.stderr.write(errorText(new ConfluentqlError('USAGE', 'there is no statement to run', { hint: 'confluentql "SELECT …", or -f FILE; --help lists the options' })))
      await this.#output.abort()
      return 2
    }
    try {
      if (status > 0 && !this.#isPrecious && (this.#isBroken || !this.#options.keepGoing)) {
        await this.#output.abort()
        return status
      }
      if (!this.#isBroken && (this.#results > 0 || status === 0)) await this.#renderer.end()
      await this.#output.commit()
      return status
    } catch (error) {
      return Math.max(status, this.#fail(error, { name: undefined, text: '' }))
    }
  }
}

/** The rows, once the first is there: what fails before it leaves no header of an answer that never came. */
async function begun(rows: AsyncIterable<Row>): Promise<AsyncIterable<Row>> {
  const iterator = rows[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })()
}

/** Whether a statement will give rows, as far as can be known before it runs. */
async function givesRows({ text }: Script, piece: Piece, session: Session): Promise<boolean> {
  const [first] = piece.tokens
  if (isWord(first, 'INSERT', 'UPDATE', 'REPLACE', 'DELETE')) return piece.tokens.some(t => isWord(t, 'RETURNING'))
  if (!isWord(first, 'EXEC')) return isOp(first, '(') || isWord(first, 'SELECT', 'WITH', 'VALUES', 'EXPLAIN', 'SHOW', 'DESCRIBE', 'DESC')
  const plan = await session.plan(text.slice(piece.start, piece.end)).catch(() => undefined)
  return plan?.kind === 'calls' && (plan.returning?.columns.length ?? 0) > 0
}
