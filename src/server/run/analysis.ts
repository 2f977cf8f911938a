import { meant, nearNames } from '../../plan/suggestions.ts'
import type { Outcome } from '../evaluate/protocol.ts'
import { isWord } from '../sql/lexer.ts'
import { framesIn } from '../wire/frames.ts'
import { PostgresError, SqlError } from '../wire/errors.ts'
import { readParameterDescription, readRowDescription, request, type Binding } from '../wire/messages.ts'
import type { Field } from '../wire/rows.ts'
import type { SessionContext } from './database.ts'
import { queryIn, type Statement } from './statement.ts'

/** Where and how a statement runs. */
export interface RunContext extends SessionContext {
  /** SQL that repeats the settings of the client. */
  readonly settings: string
}

/** The parameters and columns of a statement. */
export interface Description {
  readonly types: readonly number[]
  /** undefined: it has no rows. */
  readonly fields: readonly Field[] | undefined
}

/** The result of planning a statement over empty tables. */
export interface Analysis extends Description {
  /** The plan as JSON; undefined for statements without a plan. */
  readonly plan: string | undefined
}

const UNDEFINED_TABLE = '42P01'
const EXPLAIN = 'EXPLAIN (VERBOSE, FORMAT JSON, COSTS OFF) '

/** Runs steps in one transaction, without rows. @throws PostgresError for a failure of the first step */
export async function runUnit(steps: readonly Uint8Array[], context: RunContext): Promise<Outcome> {
  const { database, settings, signal } = context
  const outcome = await database.evaluators.run(
    { prologue: database.prologue, settings, loads: [], steps },
    signal,
  )
  if (outcome.failed) throw failureIn(bufferOf(outcome.failed))!
  return outcome
}

/** The parameters and columns of a statement. @throws PostgresError */
export async function describe(statement: Statement, context: RunContext): Promise<Description> {
  const { outputs } = await runUnit([descriptionOf(statement)], context)
  return readDescription(bufferOf(outputs[0]!), context)
}

/** @throws PostgresError for what Postgres refuses over empty tables, an error of syntax or an unknown name */
export async function analyze(
  statement: Statement,
  binding: Binding,
  context: RunContext,
): Promise<Analysis> {
  const query = queryIn(statement)
  // the columns of a COPY are those of its query
  const described =
    isWord(statement.tokens[0], 'copy') && query !== undefined ? { ...statement, text: query } : statement
  const steps = [descriptionOf(described)]
  if (query !== undefined) steps.push(explanation(query, statement.types, binding))
  const { outputs } = await runUnit(steps, context)
  const [first, explained] = outputs.map(bufferOf)
  return { ...readDescription(first!, context), plan: explained && planIn(explained) }
}

/** Parse, Bind, Describe, Execute, Sync. */
export function executionOf({ text, types }: Statement, binding: Binding): Buffer {
  return Buffer.concat([
    request.parse(text, types),
    request.bind(binding),
    request.describePortal,
    request.execute,
    request.sync,
  ])
}

function descriptionOf({ text, types }: Statement): Buffer {
  return Buffer.concat([request.parse(text, types), request.describeStatement, request.sync])
}

/** Parameters are constants in the plan of a bound statement. */
function explanation(query: string, types: readonly number[], binding: Binding): Buffer {
  return Buffer.concat([
    request.parse(EXPLAIN + query, types),
    request.bind({ ...binding, resultFormats: [] }),
    request.execute,
    request.sync,
  ])
}

function readDescription(output: Buffer, context: RunContext): Description {
  let types: readonly number[] = []
  let fields: readonly Field[] | undefined
  for (const { type, body } of framesIn(output)) {
    if (type === 'E') throw withNearNames(new PostgresError(body), context)
    if (type === 't') types = readParameterDescription(body)
    if (type === 'T') fields = readRowDescription(body)
  }
  return { types, fields }
}

/** The error for an unknown table, with the tables that its name may mean. */
function withNearNames(error: PostgresError, { database }: RunContext): PostgresError {
  const [, name] = /"(.*)"/s.exec(error.message) ?? []
  if (error.fields.get('C') !== UNDEFINED_TABLE || name === undefined) return error
  const near = nearNames(name.split('.'), [...database.relations.keys()])
  return near.length === 0 ? error : error.withHint(meant(near))
}

/** @throws PostgresError for an error in evaluating constants; its place is in the EXPLAIN, and of no use */
function planIn(output: Buffer): string | undefined {
  for (const { type, body } of framesIn(output)) {
    if (type === 'E') throw new PostgresError(body).withPosition(-EXPLAIN.length)
    if (type === 'D') return body.toString('utf8', 6)
  }
  return undefined
}

/** The first error in an output. */
export function failureIn(output: Buffer): PostgresError | undefined {
  for (const { type, body } of framesIn(output)) if (type === 'E') return new PostgresError(body)
  return undefined
}

/** A table that was read without its rows makes the answer wrong. @throws SqlError */
export function checkReads(reads: readonly string[], loaded: readonly string[]): void {
  const missed = reads.find(name => !loaded.includes(name))
  if (missed !== undefined)
    throw new SqlError(
      '0A000',
      `${missed} was read in a way that the plan of the statement does not show, so its rows were not loaded`,
      { hint: 'name the table in FROM, not in a text or a function' },
    )
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
