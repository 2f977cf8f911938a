import { ConfluentqlError } from '../../errors.ts'
import type { PendingRequest } from '../../engine/approve.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { maskSql } from '../../sql/secrets.ts'
import { noticesText, rowsText } from '../rows.ts'
import type { Service } from '../service.ts'
import { inSession, onlyStatement, requireChange } from '../statements.ts'
import { count, fenced, shortened, visibleText } from '../text.ts'
import type { Answer, Arguments, Call, Question } from '../tool.ts'

/** Characters of a list of requests that a user can be asked to read. */
const LONGEST_LIST = 20_000
/** Characters of the statement below it. */
const LONGEST_STATEMENT = 4000

interface Planned {
  readonly plan: CallsPlan
  readonly requests: readonly PendingRequest[]
  readonly id: string
  readonly notices: readonly string[]
}

/** plan_change: the exact requests of a change, none of which is sent. */
export async function planChange(service: Service, { sql }: Arguments, call: Call): Promise<Answer> {
  const statement = String(sql)
  const { requests, id, notices } = await planned(service, statement, call)
  if (requests.length === 0)
    return {
      text: ['It would send no request: no row meets the conditions.', ...noticesText(notices)].join('\n'),
      rows: 0,
    }
  service.plans.keep(id)
  return {
    text: [
      `It would send ${count(requests.length, 'request')}, in this order; nothing has been sent:`,
      fenced('requests', linesOf(requests)),
      ...noticesText(notices),
      `plan: ${id}`,
      service.allowsChanges
        ? 'apply_change with this plan asks the user, and then sends exactly these requests.'
        : 'This server sends no changes (it runs without --allow-changes). The user can run the statement at the command line.',
    ].join('\n'),
    rows: requests.length,
  }
}

/** apply_change: plans again, asks the user, sends. */
export async function applyChange(
  service: Service,
  { sql, plan: given }: Arguments,
  call: Call,
): Promise<Answer | Question> {
  const { plans } = service
  const statement = String(sql)
  const id = String(given)
  if (!plans.isKept(id))
    throw refused('this plan is not known here, was applied, or is older than ten minutes; nothing was sent')
  if (!call.canAsk)
    throw refused(
      'this client cannot ask its user (it lacks elicitation), so nothing was sent',
      'the user can run the statement at the command line',
    )
  if (!call.reply) {
    const now = await planned(service, statement, call)
    if (now.id !== id) throw changed()
    return { question: questionOf(statement, now), state: plans.ask(id) }
  }
  if (!plans.isAnswered(call.reply.state, id))
    throw refused('this is no answer to a question about this plan; nothing was sent')
  plans.take(id)
  if (!call.reply.isYes)
    return { text: 'The user refused. Nothing was sent.', outcome: 'refused by the user' }
  return send(service, statement, id, call)
}

/** Sends the requests if they still are those of the plan. */
async function send(service: Service, statement: string, id: string, call: Call): Promise<Answer> {
  const notices: string[] = []
  return inSession(
    service.pool,
    call,
    {
      onNotice: text => notices.push(text),
      approve: async requests => {
        if (service.plans.idOf(statement, requests) !== id) throw changed()
        // first the line in the audit file, since there may be no time for it afterwards
        service.audit.write({
          tool: 'apply_change',
          statement: maskSql(statement),
          requests: requests.map(({ shown }) => `${shown.method} ${shown.url}`),
          rows: 0,
          outcome: 'approved by the user, sending',
          ms: 0,
        })
        return true
      },
    },
    async session => {
      const piece = onlyStatement(session, statement)
      requireChange(await session.plan(statement))
      const result = await session.runPiece(statement, piece, call.signal)
      const { verb = '', count: done = 0 } = result.affected ?? {}
      const { text, rows, isComplete } = await rowsText(
        { ...result, finish: () => {} },
        service.limits(service.maxRows),
        notices,
      )
      // after the rows, which may hold what the API answers only once
      result.finish()
      return {
        text: [...(result.columns.length > 0 ? [text] : noticesText(notices)), `Done: ${verb} ${done}.`].join(
          '\n',
        ),
        rows,
        isComplete,
      }
    },
  )
}

/** The requests of a change as they are now. Nothing is sent but what it has to read. */
async function planned(service: Service, statement: string, call: Call): Promise<Planned> {
  const notices: string[] = []
  let found: readonly PendingRequest[] | undefined
  return inSession(
    service.pool,
    call,
    {
      onNotice: text => notices.push(text),
      approve: async requests => {
        found = requests
        return false
      },
    },
    async session => {
      const piece = onlyStatement(session, statement)
      const plan = requireChange(await session.plan(statement))
      try {
        await session.runPiece(statement, piece, call.signal)
      } catch (error) {
        // refusing the requests ends the statement with an error
        if (!found) throw error
      }
      const requests = found ?? []
      return { plan, requests, id: service.plans.idOf(statement, requests), notices }
    },
  )
}

function linesOf(requests: readonly PendingRequest[]): string[] {
  const lines = requests.map(({ shown: { method, url, body } }, i) =>
    visibleText(`${i + 1}. ${method} ${url}${body === undefined ? '' : ` ${body}`}`),
  )
  const length = lines.reduce((n, line) => n + line.length, 0)
  if (length <= LONGEST_LIST) return lines
  throw refused(
    `${count(requests.length, 'request')} of ${length} characters are too much to be read by the user; nothing was sent`,
    'narrow the WHERE, or the user can run the statement at the command line',
  )
}

/** What the user reads before anything is sent. */
function questionOf(statement: string, { requests, plan }: Planned): string {
  return [
    `confluentql is asked to send ${count(requests.length, 'request')} (${plan.verb}):`,
    ...linesOf(requests),
    `Statement: ${shortened(visibleText(maskSql(statement)), LONGEST_STATEMENT)}`,
  ].join('\n')
}

function changed(): ConfluentqlError {
  return refused(
    'the requests are not those of the plan (the statement or the rows changed); nothing was sent',
    'call plan_change again',
  )
}

function refused(message: string, hint?: string): ConfluentqlError {
  return new ConfluentqlError('ABORTED', message, hint === undefined ? {} : { hint })
}
