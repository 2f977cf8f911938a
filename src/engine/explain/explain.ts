import { PROFILE } from '../../catalog/profiles.ts'
import type { Method, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Call, HttpClient } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import {
  type Bind,
  type CallSet,
  type CallsPlan,
  type Plan,
  type RowsPlan,
  type Scan,
  type ScanCalls,
  type WaitPlan,
} from '../../plan/plan.ts'
import { keyedOf } from '../../plan/access/row-limits.ts'
import { maskUrl } from '../../secrets.ts'
import { maskSql } from '../../sql/secrets.ts'
import { missingCredentials, sourceOfUrl } from './explain-access.ts'
import { areFew } from '../calls/list-or-keys.ts'
import { callOf } from '../calls/query-body.ts'
import { hostOf, type ScanContext } from '../scans/scan-calls.ts'

const COLUMNS = ['step', 'table', 'method', 'requests', 'request', 'pushed', 'local']

/**
 * EXPLAIN: a row for each scan and for the calls of a change. No request is sent;
 * values that come from another table are shown as `{expression}`. Calls without a credential are marked.
 */
export function explainPlan(
  plan: Plan,
  context: Pick<ScanContext, 'catalog' | 'client' | 'store' | 'onNotice'>,
): RowsPlan {
  const rows: Value[][] = []
  const read = plan.kind === 'calls' ? plan.each : plan
  const scans = read.kind === 'rows' ? [] : read.scans
  const warnings = read.kind === 'rows' ? [] : [read, ...scans].flatMap(s => s.warnings ?? [])
  for (const warning of new Set(warnings)) context.onNotice?.(warning)
  scanRows(scans, rows, context)
  if (plan.kind === 'calls') {
    rows.push(callsRow(plan, rows.length + 1, context))
    if (plan.wait) rows.push(waitRow(plan, plan.wait, rows.length + 1, context))
  }
  if (plan.kind === 'rows' || rows.length === 0) rows.push([1, null, null, 'none', null, null, null])
  return {
    kind: 'rows',
    columns: COLUMNS.map(name => ({
      name,
      type: name === 'step' ? 'integer' : 'string',
      ...((name === 'step' || name === 'table') && { layout: 'heading' }),
    })),
    rows,
  }
}

function scanRows(
  scans: readonly Scan[],
  rows: Value[][],
  context: Pick<ScanContext, 'catalog' | 'client' | 'store'>,
): void {
  for (const scan of scans) {
    const isAsked = scan.sets.length > 0
    const { pushed: sent, local } = scan.pushdown!
    const pushed = isAsked ? sent.map(p => `${maskSql(p.text)} (${p.support})`).join(', ') : ''
    rows.push([
      rows.length + 1,
      fullName(scan.resource),
      isAsked ? scan.method.name : null,
      [
        countText(scan, scans, context.client),
        ...(isAsked ? [urlText(scan, context), missingCredentials(scan, context)] : []),
      ]
        .filter(t => t !== '')
        .join('; '),
      requestText(scan, scan, context),
      pushed === '' ? null : pushed,
      local.length === 0 ? null : local.map(maskSql).join(', '),
    ])
  }
}

/** Where the base URL of a scan's calls comes from, if no condition and no parent gives it. */
function urlText(scan: Scan, { catalog, client }: Pick<ScanContext, 'catalog' | 'client'>): string {
  const host = hostOf(catalog, scan)
  const binds = scan.sets[0]!
  // the profile of a call, which decides, may not be known either
  if (
    binds.some(
      b => b.params.includes(host.urlParam ?? '') || (b.kind === 'query' && b.params.includes(PROFILE)),
    )
  )
    return ''
  const values = binds.flatMap(b =>
    b.kind === 'values' ? b.params.map((p, i) => [p, [b.rows[0]?.[i] ?? null]] as const) : [],
  )
  return sourceOfUrl({ host, method: scan.method, args: Object.fromEntries(values) }, client)
}

/** The number of requests if it is known, otherwise the expressions that determine it. */
function countText(
  scan: Scan,
  scans: readonly Scan[],
  { concurrency }: Pick<HttpClient, 'concurrency'>,
): string {
  if (scan.sets.length === 0) return 'none'
  const parts = scan.sets.map(set => setCount(set, scans))
  const known = parts.every(p => p.text === undefined)
  const sum = parts.reduce((n, p) => n + p.count, 0)
  const count = known ? String(sum) : parts.map(p => p.text ?? String(p.count)).join(' + ')
  const paged = scan.method.paging
    ? scan.limit === undefined
      ? ', each to its last page'
      : `, until ${scan.limit} rows`
    : ''
  const fallback =
    scan.fallback && !(known && areFew(sum, concurrency))
      ? `; ${known ? '' : 'if these are many, '}${scan.fallback.method.name} is begun, and whichever is ahead goes on`
      : ''
  const keyed = keyedOf(scan, scans)
  const others = keyed?.sets.map(set => setCount(set, scans).text).join(' + ')
  const beside = keyed ? `; or ${keyed.method.name}, ${others}, if that is ahead when these are known` : ''
  const child = scans.findIndex(s => s.id === scan.feeds?.id) + 1
  const purpose = child > 0 ? ` (parent of step ${child})` : ''
  return `${count}${paged.replace('each ', parts.length === 1 && count === '1' ? '' : 'each ')}${fallback}${beside}${purpose}`
}

function setCount(set: CallSet, scans: readonly Scan[]): { count: number; text?: string } {
  const dynamic = set.flatMap(b => (b.kind === 'query' ? sourceTexts(b, scans) : []))
  const count = set.reduce((n, b) => (b.kind === 'values' ? n * b.rows.length : n), 1)
  if (dynamic.length === 0) return { count }
  return { count, text: `one for each ${dynamic.join(', ')}${count > 1 ? ` × ${count}` : ''}` }
}

/** What there is a call for each of. */
function sourceTexts(bind: Extract<Bind, { kind: 'query' }>, scans: readonly Scan[]): string[] {
  if (bind.parent === undefined) return bind.text.map(maskSql)
  const step = scans.findIndex(
    s => s.feeds && bind.after.includes(s.id) && fullName(s.resource) === bind.parent,
  )
  return [step < 0 ? `row of ${bind.parent}` : `row of step ${step + 1}`]
}

function requestText(
  scan: Scan,
  calls: ScanCalls,
  context: Pick<ScanContext, 'catalog' | 'client'>,
): string | null {
  const set = calls.sets[0]
  // conditions that no value meets: `id = 'a' AND id = 'b'`
  if (!set || set.some(bind => bind.kind === 'values' && bind.rows.length === 0)) return null
  const limited: Method =
    scan.limit !== undefined && calls.method.paging?.max !== undefined
      ? {
          ...calls.method,
          paging: { ...calls.method.paging, max: Math.max(1, Math.min(calls.method.paging.max, scan.limit)) },
        }
      : calls.method
  const placeholders = new Map<string, string>()
  const url = limited.params.find(p => p.in === 'host')?.name
  const args: Record<string, readonly Value[]> = Object.fromEntries(
    set.flatMap(bind =>
      bind.params.map((p, i) => {
        if (bind.kind === 'values') {
          const values = bind.rows.map(r => r[i]!).filter(v => p !== url || v !== '')
          return [p, values.slice(0, limited.params.find(x => x.name === p)?.repeat ? undefined : 1)]
        }
        if (p === PROFILE) return [p, anyProfile(limited)]
        return [p, [addPlaceholder(placeholders, bind.text[i] ?? bind.text[0] ?? '', p === url)]]
      }),
    ),
  )
  if (url !== undefined && args[url]?.length === 0) return null
  const host = hostOf(context.catalog, { resource: scan.resource, method: limited })
  return shownRequest(
    callOf({ ...calls, method: limited }, args, host, scan.resource),
    placeholders,
    context.client,
  )
}

/** A profile of the session, for a call whose profile is not known yet: it decides which client shows the request. */
function anyProfile({ params }: Method): readonly Value[] {
  return params.find(p => p.name === PROFILE)?.values?.slice(0, 1) ?? []
}

/** Makes a unique value for an unknown argument, to be replaced by `text` in the finished request. */
function addPlaceholder(placeholders: Map<string, string>, text: string, isUrl: boolean): string {
  const placeholder = isUrl ? `https://q${placeholders.size}q.invalid` : `q${placeholders.size}q`
  placeholders.set(placeholder, `{${maskSql(text)}}`)
  return placeholder
}

/** The request of a call with its placeholders replaced by their texts. */
function shownRequest(call: Call, placeholders: Map<string, string>, client: HttpClient): string {
  const method = {
    ...call.method,
    params: call.method.params.map(p => {
      if (!call.args[p.name]?.some(v => placeholders.has(String(v)))) return p
      const { json: _, ...plain } = p
      return { ...plain, type: 'string' as const }
    }),
  }
  const preview = client.preview({
    ...call,
    method,
    args: { ...urlArgument(call, placeholders, client), ...call.args },
  })
  let request = `${preview.method} ${maskUrl(preview.url)}${call.method.verb === 'select' && preview.body !== undefined ? ` ${preview.body}` : ''}`
  for (const [placeholder, text] of placeholders) request = request.replace(placeholder, () => text)
  return request
}

/** A placeholder for the base URL, if the profile determines it by an id that is not known yet. */
function urlArgument(call: Call, placeholders: Map<string, string>, client: HttpClient): Call['args'] {
  const { urlParam } = call.host
  if (urlParam === undefined || call.args[urlParam] !== undefined || placeholders.size === 0) return {}
  try {
    client.baseUrl(call)
    return {}
  } catch (error) {
    if (error instanceof ConfluentqlError && error.code === 'MISSING_PARAMETER')
      return { [urlParam]: [addPlaceholder(placeholders, urlParam, true)] }
    throw error
  }
}

function callsRow(plan: CallsPlan, step: number, context: Pick<ScanContext, 'catalog' | 'client'>): Value[] {
  const params = plan.targets.filter(t => t.kind === 'param')
  const body = plan.targets.filter(t => t.kind !== 'param').map(t => t.name)
  const host = hostOf(context.catalog, plan)
  const placeholders = new Map<string, string>()
  const args = Object.fromEntries(
    params.map(t => [
      t.name,
      t.name === PROFILE
        ? anyProfile(plan.method)
        : [addPlaceholder(placeholders, t.name, t.name === host.urlParam)],
    ]),
  )
  const request = `${shownRequest({ host, method: plan.method, args }, placeholders, context.client)}${body.length > 0 ? ` with ${body.join(', ')}` : ''}`
  const from = sourceOfUrl({ host, method: plan.method, args }, context.client)
  const requests = `one for each row${from === '' ? '' : `; ${from}`}`
  return [step, fullName(plan.resource), plan.method.name, requests, request, null, null]
}

/** The row for the requests that await the end of an operation. */
function waitRow(
  { resource, method }: CallsPlan,
  wait: WaitPlan,
  step: number,
  context: Pick<ScanContext, 'catalog' | 'client'>,
): Value[] {
  if (wait.until === 'done') {
    const { url, path, done } = wait.operation
    const end = `every ${wait.every} s for each row, until ${done.at} is ${done.values.join(', ')}, at most ${wait.timeout} s`
    return [step, fullName(resource), method.name, end, `GET ${path ?? `{${url}}`}`, null, null]
  }
  const host = hostOf(context.catalog, { resource, method: wait.method })
  const placeholders = new Map<string, string>()
  const args = Object.fromEntries(
    wait.keys.flatMap(k =>
      k.param === undefined
        ? []
        : [[k.param, [addPlaceholder(placeholders, k.column, k.param === host.urlParam)]]],
    ),
  )
  const end =
    wait.until === 'gone'
      ? 'until it is not found'
      : `until ${resource.settles!.phase} is ${[...resource.settles!.done, ...resource.settles!.failed].join(', ')}`
  const request = shownRequest({ host, method: wait.method, args }, placeholders, context.client)
  return [
    step,
    fullName(resource),
    wait.method.name,
    `every ${wait.every} s for each row, ${end}, at most ${wait.timeout} s`,
    request,
    null,
    null,
  ]
}
