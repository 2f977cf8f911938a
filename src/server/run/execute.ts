import { LONGEST_NAME } from '../catalog/relations.ts'
import type { Load, Outcome } from '../evaluate/protocol.ts'
import { needsOf, type Need } from '../scans/needs.ts'
import { readPlan, type PlanScans } from '../scans/plan-tree.ts'
import { framesIn } from '../wire/frames.ts'
import { PostgresError } from '../wire/errors.ts'
import { formatsOf, readRowDescription, type Binding } from '../wire/messages.ts'
import type { Field, Format } from '../wire/rows.ts'
import {
  analyze,
  bufferOf,
  checkReads,
  executionOf,
  failureIn,
  type Analysis,
  type RunContext,
} from './analysis.ts'
import type { Answer, RowChunk } from './answer.ts'
import { copyAnswer } from './copy.ts'
import { loadAll } from './load.ts'
import { withMoments } from './moments.ts'
import { isWrittenAlike, plainRows, plainScan, type TextStyle } from './plain.ts'
import { valuesOf } from './values.ts'
import { copySource, plainFormat, type Statement } from './statement.ts'

export interface ExecuteContext extends RunContext {
  readonly style: TextStyle
}

/** Evaluates a statement that reads. @throws PostgresError, SqlError, ConfluentqlError */
export async function execute(
  statement: Statement,
  binding: Binding,
  context: ExecuteContext,
): Promise<Answer> {
  const alone = namesTable(statement, context) ? undefined : await run([], statement, binding, context)
  if (alone && isComplete(alone)) return answerIn(bufferOf(alone.outputs[0]!))
  const analysis = await analyze(statement, binding, context)
  const values = analysis.plan?.includes('"Values Scan"') ? await valuesOf(statement, binding, context) : []
  const found =
    analysis.plan === undefined ? undefined : readPlan(analysis.plan, context.database.relations, values)
  const plan = found && (await withMoments(found, context))
  if (!plan || plan.scans.length === 0) {
    return answerOf(alone ?? (await run([], statement, binding, context)), [])
  }
  const needs = needsOf(plan)
  return (
    plainAnswer(statement, binding, { analysis, plan, needs }, context)
    ?? (await evaluateLoaded(statement, binding, needs, context))
  )
}

/** Whether formats of results are one for all columns, or one each. */
const areFormats = (formats: readonly number[], columns: number): boolean =>
  (formats.length < 2 || formats.length === columns) && formats.every(f => f === 0 || f === 1)

/** Whether a statement may name a table. If it does not, its scans are counted, but not what TABLESAMPLE and `ctid` read. */
function namesTable({ text, tokens }: Statement, { database }: RunContext): boolean {
  return tokens.some(t => {
    if (t.kind !== 'word' && t.kind !== 'name') return false
    // a name with escapes, as in U&"d\0061ta", or one that Postgres truncates
    const mayBeOther = /^[uU]&"/.test(text.slice(t.start, t.start + 3)) || t.text.length > LONGEST_NAME
    return mayBeOther || database.tableNames.has(t.text)
  })
}

/** The answer of a plain scan, whose rows are read from the session as the client takes them. */
function plainAnswer(
  statement: Statement,
  binding: Binding,
  { analysis, plan, needs }: { analysis: Analysis; plan: PlanScans; needs: readonly Need[] },
  context: ExecuteContext,
): Answer | undefined {
  const { fields } = analysis
  if (!fields) return undefined
  // an invalid format is reported by Postgres
  if (!areFormats(binding.resultFormats, fields.length)) return undefined
  const copy = copySource(statement.text, statement.tokens)
  const format = copy && plainFormat(copy)
  if (copy && !format) return undefined
  const scan = plainScan(plan, needs, {
    fields,
    types: analysis.types,
    tokens: copy?.tokens ?? statement.tokens,
    binding,
    isForChange: context.isForChange,
  })
  const formats = copy
    ? fields.map((): Format => (format === 'binary' ? 1 : 0))
    : formatsOf(binding.resultFormats, fields.length)
  if (scan && format && isWrittenAlike(scan.types, formats, context.style))
    return copyAnswer(scan, format, context)
  if (!scan || !isWrittenAlike(scan.types, formats, context.style)) return undefined
  return { fields, rows: plainRows(scan, formats, context), tag: count => `SELECT ${count}` }
}

/** Loads the rows that are needed, and has Postgres evaluate the statement over them. */
async function evaluateLoaded(
  statement: Statement,
  binding: Binding,
  needs: readonly Need[],
  context: ExecuteContext,
): Promise<Answer> {
  const tokens = copySource(statement.text, statement.tokens)?.tokens ?? statement.tokens
  const evaluate = async (loads: readonly Load[]): Promise<Answer> =>
    answerOf(await run(loads, statement, binding, context), loads)
  try {
    return await evaluate(await loadAll(needs, tokens, { ...context, isWhole: false }))
  } catch (error) {
    // a column that the statement does not name: `SELECT row_to_json(u) FROM users u`
    const isRefused = error instanceof PostgresError && error.fields.get('C') === '42501'
    if (!isRefused) throw error
    return evaluate(await loadAll(needs, tokens, { ...context, isWhole: true }))
  }
}

/** Runs a statement over loaded rows. */
async function run(
  loads: readonly Load[],
  statement: Statement,
  binding: Binding,
  { database, settings, signal }: RunContext,
): Promise<Outcome> {
  const outcome = await database.evaluators.run(
    { prologue: database.prologue, settings, loads, steps: [executionOf(statement, binding)] },
    signal,
  )
  if (outcome.failed) throw failureIn(bufferOf(outcome.failed))!
  return outcome
}

/** Whether the outcome of a statement that ran over empty tables is its answer. */
function isComplete({ outputs, reads }: Outcome): boolean {
  return reads.length === 0 && failureIn(bufferOf(outputs[0]!)) === undefined
}

/** @throws PostgresError for a statement that failed, SqlError if it read a table that was not loaded */
function answerOf({ outputs, reads }: Outcome, loads: readonly Load[]): Answer {
  const answer = answerIn(bufferOf(outputs[0]!))
  checkReads(
    reads,
    loads.map(l => l.table),
  )
  return answer
}

/** Reads the answer to Parse, Bind, Describe, Execute. @throws PostgresError */
function answerIn(output: Buffer): Answer {
  const notices: Buffer[] = []
  let fields: readonly Field[] | undefined
  let copy: Buffer | undefined
  let tag = ''
  let from: number | undefined
  let to = 0
  let count = 0
  let at = 0
  for (const { type, body, whole } of framesIn(output)) {
    if (type === 'E') throw new PostgresError(body)
    if (type === 'N' || type === 'S') notices.push(whole)
    if (type === 'T') fields = readRowDescription(body)
    if (type === 'H') copy = whole
    if (type === 'C') tag = body.toString('utf8', 0, body.length - 1)
    if (type === 'D' || type === 'd') {
      from ??= at
      to = at + whole.length
      count++
    }
    at += whole.length
  }
  const chunk: RowChunk = { bytes: output.subarray(from ?? 0, to), count }
  return {
    fields,
    rows: once(chunk),
    tag: n => (tag.startsWith('SELECT') ? `SELECT ${n}` : tag),
    notices,
    ...(copy && { copy }),
  }
}

async function* once(chunk: RowChunk): AsyncGenerator<RowChunk, void, void> {
  if (chunk.count > 0) yield chunk
}
