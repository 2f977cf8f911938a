import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Catalog } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import { FAULTS } from './faults.ts'
import { type Case, newCase, SITUATIONS, startWorld, type World } from './world.ts'

/** What became of a case, in the words of the table. */
export type Outcome = 'right' | 'error' | 'unknown' | 'accepted'

export interface Judged {
  readonly of: Case
  readonly outcome: Outcome
  /** What must never be. */
  readonly wrong: readonly string[]
  readonly message: string
}

interface Ran {
  readonly rows: unknown[][]
  readonly error: unknown
}

/** Milliseconds that a request may take: of a fault that never ends, and of any other, which must not meet it on a busy machine. */
const SHORT = 2000
const LONG = 30_000

async function run(of: Case, world: World, catalog: Catalog): Promise<Ran> {
  const env = { P_URL: world.open(of) }
  const timeout = of.fault?.isEndless ? SHORT : LONG
  const session = new Session({
    catalog,
    connect: async onTrace =>
      createClient({ env, onTrace, timeout, retries: 2 }, { backoff: 2, maxBody: 1 << 20 }),
  })
  const rows: unknown[][] = []
  let error: unknown
  try {
    for await (const result of session.run(of.situation.sql)) {
      for await (const row of result.rows) rows.push([...row])
      result.finish()
    }
  } catch (thrown) {
    error = thrown
  }
  await session.close()
  return { rows, error }
}

/** The rows and changes of every situation where nothing goes wrong. */
async function rightOnes(
  world: World,
  catalog: Catalog,
): Promise<Map<string, { rows: string; done: string }>> {
  const found = new Map<string, { rows: string; done: string }>()
  for (const situation of SITUATIONS) {
    const of = newCase(situation, undefined, false)
    const { rows, error } = await run(of, world, catalog)
    if (error !== undefined) throw error
    found.set(situation.name, { rows: textOf(rows), done: of.done.join() })
  }
  return found
}

const textOf = (rows: unknown): string =>
  JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))

/** Runs every fault in every situation, once and always. */
export async function runMatrix(): Promise<Judged[]> {
  const world = await startWorld()
  const catalog = loadCatalog(world.providers)
  const right = await rightOnes(world, catalog)
  const cases = FAULTS.flatMap(fault =>
    SITUATIONS.filter(
      s =>
        fault.only === undefined || s.kind === fault.only || (s.kind === 'pages' && fault.only === 'lists'),
    ).flatMap(s => [true, false].map(isOnce => newCase(s, fault, isOnce))),
  )
  const rest = cases.filter(c => !c.fault?.isEndless)
  const judged: Judged[] = []
  const work = async (): Promise<void> => {
    for (let of = rest.shift(); of !== undefined; of = rest.shift())
      judged.push(judge(of, await run(of, world, catalog), right.get(of.situation.name)!))
  }
  await Promise.all(Array.from({ length: 12 }, work))
  // all at once, when nothing else takes the time that their other requests have
  const waited = await Promise.all(
    cases
      .filter(c => c.fault?.isEndless)
      .map(async of => judge(of, await run(of, world, catalog), right.get(of.situation.name)!)),
  )
  const all = [...judged, ...waited]
  return cases.map(c => all.find(j => j.of === c)!)
}

function judge(of: Case, { rows, error }: Ran, right: { rows: string; done: string }): Judged {
  const wrong: string[] = []
  const must = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what)
  }
  must(of.hits > 0, 'the fault was not met')
  must(
    new Set(of.done).size === of.done.length || of.situation.target.startsWith('PUT'),
    `carried out twice: ${of.done.join()}`,
  )
  must(of.fault?.isEndless === true || !/no complete answer within/.test(String(error)), 'met the timeout')
  if (error === undefined) {
    must(textOf(rows) === rowsRight(of, right.rows), `wrong rows: ${textOf(rows)}`)
    must([...new Set(of.done)].join() === doneRight(of, right.done), `wrong changes: ${of.done.join()}`)
    return { of, outcome: 'right', wrong, message: '' }
  }
  if (!(error instanceof ConfluentqlError))
    return { of, outcome: 'error', wrong: [`not ours: ${(error as Error).stack}`], message: String(error) }
  const { message, hint = '' } = error
  const [method = '', path = ''] = of.situation.target.split(' ')
  must(
    message.includes(`${method} http://127.0.0.1:`) && message.includes(path.split('?')[0]!),
    'does not name the request',
  )
  must(hint !== '', 'does not say what to do')
  must(!/[\u0000-\u001f]|\n\s+at |undefined|\[object/.test(message + hint), 'unfit for a line')
  const isAccepted = /accepted/.test(message)
  const outcome = error.uncertain ? 'unknown' : isAccepted ? 'accepted' : 'error'
  if (of.situation.isWrite)
    must(!of.isHitDone || outcome !== 'error', 'does not say that the change may have been carried out')
  if (error.uncertain)
    must(/SELECT \* FROM p\.s\.things WHERE id = '/.test(hint), 'does not name the SELECT that tells')
  if (outcome === 'accepted') must(of.isHitDone, 'says accepted, but it was not carried out')
  return { of, outcome, wrong, message: `${message} | ${hint}` }
}

/** The right rows, where the fault is but other data: a thing that is not there is no row. */
/** What there is not need not be deleted, where the statement lists the keys. */
function doneRight({ fault, situation }: Case, done: string): string {
  return fault?.name === '404' && situation.name === 'DELETE' ? 'DELETE t1' : done
}

function rowsRight({ fault, situation }: Case, rows: string): string {
  if (fault?.name === '404' && situation.name === 'get') return '[]'
  if (fault?.name !== 'a number beyond 2^53' || situation.isWrite) return rows
  const at = {
    get: 't3',
    'page 1': 't1',
    'page 2': 't3',
    'last page': 't5',
    'page by page': 't3',
    'call 3 of 5': 'g3-a',
  }[situation.name]
  return rows.replace(new RegExp(`("${at}",(?:"[^"]*",)?)\\d+`), '$1"9007199254740993n"')
}

/** The table of outcomes, a line for each fault: what becomes of it once, and always where that differs. */
export function tableOf(all: readonly Judged[]): string {
  const words = (fault: string, situation: string): string => {
    const [once, always] = [true, false].map(
      isOnce =>
        all.find(
          j => j.of.fault?.name === fault && j.of.situation.name === situation && j.of.isOnce === isOnce,
        )?.outcome,
    )
    return once === undefined ? '–' : once === always ? once : `${once}, ${always}`
  }
  const head = ['fault', ...SITUATIONS.map(s => s.name)]
  const lines = FAULTS.map(f => [f.name, ...SITUATIONS.map(s => words(f.name, s.name))])
  return [head, head.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
