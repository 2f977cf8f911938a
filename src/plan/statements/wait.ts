import { keyParts } from '../../catalog/keys.ts'
import type { Column, Method } from '../../catalog/types.ts'
import type { CallsPlan, WaitKey, WaitPlan } from '../plan.ts'

/** Seconds between two requests, and until giving up, if the resource does not say. */
const EVERY = 5
const TIMEOUT = 1800

/**
 * How to wait until a change is finished: until the operation in its answer is done, after a DELETE until the object is gone, otherwise until its phase is final.
 * Undefined if there is nothing to wait for, or if no method can read the object by known keys.
 */
export function planWait(plan: CallsPlan): WaitPlan | undefined {
  const { resource } = plan
  const { operation } = plan.method
  if (operation) return { until: 'done', operation, every: EVERY, timeout: TIMEOUT }
  const until = plan.verb === 'DELETE' ? 'gone' : 'final'
  if (plan.verb === 'EXEC' || (until === 'final' && !resource.settles)) return undefined
  const phase = until === 'final' ? resource.settles!.phase : undefined
  const hasPhase = (m: Method): boolean =>
    phase === undefined || !m.columns || m.columns.some(c => c.name === phase.split('.')[0])
  const identity = requiredColumns(
    resource.methods.find(m => m.verb === 'select' && m.single)
      ?? resource.methods.find(m => m.verb === 'delete'),
  )
  const readers = resource.methods
    .filter(m => m.verb === 'select' && hasPhase(m))
    .sort((a, b) => Number(b.single ?? false) - Number(a.single ?? false))
  for (const reader of readers) {
    const address = reader.params.filter(
      p => (p.in === 'host' || p.in === 'server') && plan.targets.some(t => t.name === p.name),
    )
    const addressed = address.map(p => p.column ?? p.name)
    const columns = [...new Set([...requiredColumns(reader), ...identity, ...addressed])]
    const keys = columns.flatMap(c => waitKey(plan, reader, c) ?? [])
    if (keys.length < columns.length || identity.length === 0) continue
    const phaseAt = phase === undefined ? undefined : answerPath(plan, phase)
    const { every = EVERY, timeout = TIMEOUT } = resource.settles ?? {}
    return { until, method: reader, keys, ...(phaseAt !== undefined && { phaseAt }), every, timeout }
  }
  return undefined
}

function requiredColumns(method: Method | undefined): string[] {
  return method?.params.flatMap(p => (p.required && p.column !== undefined ? [p.column] : [])) ?? []
}

/** Where the value of a key column comes from: the parameters of the call, its answer, or its body. */
function waitKey(plan: CallsPlan, reader: Method, column: string): WaitKey | undefined {
  const param = reader.params.find(p => p.column === column)?.name
  const key = (from: WaitKey['from']): WaitKey => ({ column, from, ...(param !== undefined && { param }) })
  const given = plan.method.params.find(
    p =>
      ((p.column ?? p.name) === column || p.name === param)
      && plan.targets.some(t => (t.kind === 'param' ? t.name : t.param) === p.name),
  )
  if (given) return key({ kind: 'param', at: given.name })
  const at = answerPath(plan, column)
  if (at !== undefined) return key({ kind: 'answer', at })
  return plan.targets.some(t => t.kind === 'body' && t.name === column)
    ? key({ kind: 'body', at: column })
    : undefined
}

/** The JSON path of a column, or of a part of one, in the answer to the change. */
function answerPath({ method, resource }: CallsPlan, dotted: string): string | undefined {
  const [name, ...path] = keyParts(dotted)
  if (method.rows?.kind !== 'one') return undefined
  const column: Column | undefined = (method.columns ?? resource.columns).find(c => c.name === name)
  const at = column?.at ?? (column && !column.isInput ? `$.${pathKey(column.name)}` : undefined)
  if (at === undefined || !at.startsWith('$.')) return undefined
  return [`${method.rows.at}${at.slice(1)}`, ...path.map(pathKey)].join('.')
}

function pathKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
}
