import { ConfluentqlError } from '../../errors.ts'
import type { PendingRequest } from '../../engine/writes/pending.ts'
import { maskSql } from '../../sql/secrets.ts'
import { noticesText } from '../rows.ts'
import type { Service } from '../service.ts'
import { count, fenced, shortened, visibleText } from '../text.ts'
import type { Answer, Arguments, Call, Question } from '../tool.ts'

/** Characters of a list of requests that a user can be asked to read. */
const LONGEST_LIST = 20_000
/** Characters of the statement below it. */
const LONGEST_STATEMENT = 4000

interface Planned {
  readonly verb: string
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
    return { question: questionOf(call.statement ?? maskSql(statement), now), state: plans.ask(id) }
  }
  if (!plans.isAnswered(call.reply.state, id))
    throw refused('this is no answer to a question about this plan; nothing was sent')
  plans.take(id)
  const { isYes, fault } = call.reply
  if (fault !== undefined)
    return {
      text: `The user gave no answer: ${visibleText(fault)}. Nothing was sent.`,
      isError: true,
      outcome: 'no answer of the user',
    }
  if (!isYes) return { text: 'The user refused. Nothing was sent.', outcome: 'refused by the user' }
  return send(service, statement, id, call)
}

/** Sends the requests if they still are those of the plan. */
async function send(service: Service, statement: string, id: string, call: Call): Promise<Answer> {
  const limits = service.limits(service.maxRows)
  return service.engines.run({ kind: 'send', sql: statement, limits }, call, requests => {
    if (service.plans.idOf(statement, requests) !== id) throw changed()
    // first the line in the audit file, since there may be no time for it afterwards
    service.audit.write({
      tool: 'apply_change',
      statement: call.statement ?? maskSql(statement),
      requests: requests.map(nameOf),
      rows: 0,
      outcome: 'approved by the user, sending',
      ms: 0,
    })
  })
}

/** The requests of a change as they are now. Nothing is sent but what it has to read. */
async function planned(service: Service, sql: string, call: Call): Promise<Planned> {
  const { verb, requests, notices } = await service.engines.run({ kind: 'plan', sql }, call)
  return { verb, requests, id: service.plans.idOf(sql, requests), notices }
}

/** `DELETE https://…`, with the profile if there are several. */
function nameOf({ profile, shown: { method, url } }: PendingRequest): string {
  return `${profile === undefined ? '' : `[${profile}] `}${method} ${url}`
}

function linesOf(requests: readonly PendingRequest[]): string[] {
  const lines = requests.map((request, i) => {
    const { body } = request.shown
    return visibleText(`${i + 1}. ${nameOf(request)}${body === undefined ? '' : ` ${body}`}`)
  })
  const length = lines.reduce((n, line) => n + line.length, 0)
  if (length <= LONGEST_LIST) return lines
  throw refused(
    `${count(requests.length, 'request')} of ${length} characters are too much to be read by the user; nothing was sent`,
    'narrow the WHERE, or the user can run the statement at the command line',
  )
}

/** What the user reads before anything is sent. `statement`: with its secrets masked. */
function questionOf(statement: string, { requests, verb }: Planned): string {
  return [
    `confluentql is asked to send ${count(requests.length, 'request')} (${verb}):`,
    ...linesOf(requests),
    `Statement: ${shortened(visibleText(statement), LONGEST_STATEMENT)}`,
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
