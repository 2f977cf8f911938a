import type { ConfluentqlError } from '../../errors.ts'
import type { Call, HttpClient } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { Scan } from '../../plan/plan.ts'
import { callNames } from './calls.ts'
import { lacksOf, type LeftOut } from '../lacks.ts'

interface Group {
  readonly place: string
  readonly reason: string
  readonly tables: Set<string>
  /** By request, since two scans may have the same one. */
  readonly calls: Map<string, Call>
  /** The reason concerns the calls, not the whole place. */
  readonly isOfCalls: boolean
}

/** The calls that one statement leaves out. */
export class LeftOutCalls {
  readonly #groups = new Map<string, Group>()

  add(scan: Scan, call: Call, error: ConfluentqlError, client: HttpClient): void {
    const isOfCalls = error.status !== undefined
    const place = placeOf(call, client)
    const key = [place, error.status ?? error.unreachable].join('\u0000')
    const group: Group = this.#groups.get(key) ?? {
      place,
      reason: error.unreachable ?? error.message,
      tables: new Set(),
      calls: new Map(),
      isOfCalls,
    }
    this.#groups.set(key, group)
    group.tables.add(fullName(scan.resource))
    group.calls.set(`${fullName(scan.resource)} ${callNames(call.method, [call.args])}`, call)
  }

  list(): readonly LeftOut[] {
    return [...this.#groups.values()].map(({ tables, place, reason, calls, isOfCalls }) => ({
      tables: [...tables],
      place,
      reason,
      keys: isOfCalls ? keysOf([...calls.values()]) : '',
      calls: calls.size,
    }))
  }

  /** Emits a notice for each place, and one about the result. */
  report(onNotice: ((text: string) => void) | undefined): void {
    for (const text of lacksOf(this.list())) onNotice?.(text)
  }
}

/** The keys of calls to one place, by the method of the first. */
function keysOf(calls: readonly Call[]): string {
  const { method, host } = calls[0]!
  const args = calls.filter(c => c.method === method).map(c => c.args)
  return callNames(method, args, host.urlParam)
}

function placeOf(call: Call, client: HttpClient): string {
  try {
    return client.placeOf(call)
  } catch {
    // it has no base URL
    return callNames(call.method, [call.args])
  }
}
