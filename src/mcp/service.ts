import { ConfluentqlError } from '../errors.ts'
import type { Catalog } from '../catalog/types.ts'
import { maskText } from '../secrets.ts'
import { maskSql } from '../sql/secrets.ts'
import { checkArguments, isTooLong } from './arguments.ts'
import { Audit, type AuditEntry } from './audit.ts'
import type { Engines } from './engine/engines.ts'
import { Plans } from './plans.ts'
import type { Limits } from './rows.ts'
import { TableSearch } from '../catalog/search/search.ts'
import { count, fenced, shortened } from './text.ts'
import type { Answer, Arguments, Call, Question, Tool } from './tool.ts'
import { toolsOf } from './tools.ts'

/** Characters of the rows of an answer, and of one value. */
const CHARACTERS = 20_000
const VALUE = 600
/** Characters of the name of an unknown tool in the audit file. */
const LONGEST_NAME = 100
/** Rows of an answer. */
const MAX_ROWS = 200

export interface ServiceOptions {
  readonly catalog: Catalog
  readonly engines: Engines
  readonly allowsChanges?: boolean
  /** Maximum number of rows in an answer; default 200. */
  readonly maxRows?: number | undefined
  readonly auditFile?: string | undefined
  /** The message of an error of a statement, with its place and hint. */
  readonly errorText: (error: unknown, sql: string) => string
  /** Called if a line of the audit file could not be written after a read. */
  readonly onWarning: (text: string) => void
}

/** What the tools, prompts and resources of a server need, and the calls of its tools. */
export class Service {
  readonly catalog: Catalog
  readonly engines: Engines
  readonly plans = new Plans()
  readonly audit: Audit
  readonly allowsChanges: boolean
  readonly maxRows: number
  readonly tools: readonly Tool[]
  readonly #options: ServiceOptions
  readonly #open = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()
  #search: TableSearch | undefined

  /** @throws ConfluentqlError USAGE if the audit file cannot be written */
  constructor(options: ServiceOptions) {
    this.#options = options
    this.audit = new Audit(options.auditFile)
    this.allowsChanges = options.allowsChanges ?? false
    this.maxRows = options.maxRows ?? MAX_ROWS
    this.catalog = options.catalog
    this.engines = options.engines
    this.tools = toolsOf(this)
  }

  /** The index of all tables, made when it is first needed. */
  readonly search = (): TableSearch => (this.#search ??= new TableSearch(this.catalog))

  limits(rows: number): Limits {
    return { rows, characters: CHARACTERS, value: VALUE }
  }

  /** Calls a tool. An error is an answer too. Each call gets a line in the audit file. */
  call(tool: Tool, args: Arguments, call: Call): Promise<Answer | Question> {
    const signal = AbortSignal.any([call.signal, this.#closing.signal])
    const answering = this.#call(tool, args, { ...call, signal }).finally(() => this.#open.delete(answering))
    this.#open.add(answering)
    return answering
  }

  async #call(tool: Tool, args: Arguments, call: Call): Promise<Answer | Question> {
    const start = performance.now()
    const answer = await this.#answer(tool, args, call)
    const rows = 'text' in answer ? (answer.rows ?? 0) : 0
    const own = 'text' in answer ? (answer.outcome ?? (answer.isError ? 'error' : 'ok')) : 'asked the user'
    // of a change it matters how far it came
    const outcome = call.signal.aborted ? (tool.isChange ? `cancelled; ${own}` : 'cancelled') : own
    const subject = args[tool.subject]
    return this.#audited(answer, tool, {
      tool: tool.name,
      statement: call.statement ?? (typeof subject === 'string' ? shown(subject, tool) : ''),
      requests: call.requests,
      rows,
      outcome,
      ms: Math.round(performance.now() - start),
    })
  }

  /** Writes the line of a call of an unknown tool, such as apply_change without --allow-changes. */
  recordUnknown(name: string): void {
    const entry = {
      tool: maskText(shortened(name, LONGEST_NAME)),
      statement: '',
      requests: [],
      rows: 0,
      ms: 0,
    }
    try {
      this.audit.write({ ...entry, outcome: 'no such tool' })
    } catch (error) {
      this.#options.onWarning((error as Error).message)
    }
  }

  /** Ends the calls that still run, and closes the audit file after their lines. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#open)
    this.audit.close()
  }

  async #answer(tool: Tool, args: Arguments, call: Call): Promise<Answer | Question> {
    try {
      checkArguments(tool, args)
      return await tool.run(args, call)
    } catch (error) {
      const sql = tool.subject === 'sql' && typeof args['sql'] === 'string' ? args['sql'] : ''
      const [first = '', ...others] = this.#options.errorText(error, sql).trimEnd().split('\n')
      const code = error instanceof ConfluentqlError ? error.code : 'internal'
      const isFromServer = code === 'API' || code === 'RESPONSE'
      return {
        text: [
          fenced('error', [isFromServer ? maskAnswer(first) : first, ...others]),
          ...adviceOn(code),
        ].join('\n'),
        isError: true,
        outcome: `${code}: ${maskAnswer(error instanceof Error ? error.message : String(error))}`,
      }
    }
  }

  /** Writes the line of a call. The answer of a change says if that failed, since the next one will be refused. */
  #audited(answer: Answer | Question, tool: Tool, entry: AuditEntry): Answer | Question {
    try {
      this.audit.write(entry)
      return answer
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#options.onWarning(message)
      if (!tool.isChange) return answer
      if (!('text' in answer)) return { text: `${message}; nothing was sent`, isError: true }
      return { ...answer, text: `${answer.text}\nwarning: ${message}` }
    }
  }
}

/** What a call was asked, with its secrets masked. A text that is too long is left out: a part of it may hold a part of a secret. */
function shown(subject: string, tool: Tool): string {
  if (isTooLong(subject, tool.parameters[tool.subject]!)) return `[${count(subject.length, 'character')}]`
  return tool.subject === 'sql' ? maskSql(subject) : maskText(subject)
}

/** A message with its secrets masked. The request and the status before the server's text stay: `GET …/api-keys: 400 …`. */
function maskAnswer(message: string): string {
  const [label = ''] = /^[^]*?: \d{3} /.exec(message) ?? []
  return label + maskText(message.slice(label.length))
}

/** What to do next, for errors whose message does not say it. */
function adviceOn(code: string): string[] {
  if (code === 'CREDENTIALS')
    return ['The user can run confluentql doctor, which says which keys are missing and where to put them.']
  if (code === 'UNKNOWN_NAME') return ['search_tables finds tables, describe_table lists columns.']
  return []
}
