import { PROFILE } from '../../catalog/profiles.ts'
import type { Method, Value } from '../../catalog/types.ts'
import type { Call, HttpClient, Page, PageOptions } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { Scan } from '../../plan/plan.ts'
import { callNames, inputsOf } from '../calls/calls.ts'
import { Loader } from '../pages/load.ts'
import { GroupCount } from '../calls/divided-calls.ts'
import { ListTotals } from './list-totals.ts'
import type { ScanContext } from './scan-calls.ts'

type Inputs = Readonly<Record<string, Value>>
/** They are needed for each page of a call. */
const known = new WeakMap<Call, Inputs>()

/** The values of a call's input columns: its arguments, and the base URL and its variables if they are not among them. */
export function inputsOfCall(call: Call, client: HttpClient): Inputs {
  const inputs = known.get(call) ?? found(call, client)
  known.set(call, inputs)
  return inputs
}

function found(call: Call, client: HttpClient): Inputs {
  const { urlParam } = call.host
  const guards =
    urlParam === undefined || call.args[urlParam] !== undefined ? {} : { [urlParam]: client.baseUrl(call) }
  const variables = call.host.urlVariables === undefined ? {} : client.urlVariables(call)
  const parts = call.method.params.flatMap(({ name, in: place, column }) =>
    place === 'server' && column !== undefined && variables[name] !== undefined
      ? [[column, variables[name]] as const]
      : [],
  )
  return { ...guards, ...Object.fromEntries(parts), ...inputsOf(call.method, call.args) }
}

/** A text that only calls of the same requests have in common. @throws ConfluentqlError for a call that cannot be sent */
export function idOfRequests(call: Call, client: HttpClient): string {
  const { method, args } = call
  const { url, body = '' } = client.preview(call)
  const inHeaders = method.params.filter(p => p.in === 'header').map(p => args[p.name]?.map(String) ?? null)
  const headers = inHeaders.length === 0 ? [] : [JSON.stringify(inHeaders)]
  return [method.name, ...(args[PROFILE] ?? []), url, body, ...headers].join(' ')
}

/** The pages of a call. A listing without an end is read up to its first empty page, and a notice says that more may follow. */
export async function* pagesOf(
  scan: Scan,
  call: Call,
  loader: Loader,
  options: PageOptions,
  { store, client, signal, fresh, onNotice }: ScanContext,
): AsyncGenerator<Page, void, void> {
  const { paging } = call.method
  const isOpen = paging?.kind === 'token' && paging.ends === 'empty'
  const isUnpaged = call.method.pagedBy !== undefined && paging === undefined
  let pages = 0
  let some = false
  const groups = new GroupCount(call, store)
  const totals = new ListTotals(call.method, loader)
  for await (const page of client.pages(call, loader.extract, signal, {
    ...options,
    ...(isOpen && { ahead: () => false }),
    fresh,
  })) {
    const isLast = isOpen && loader.count(page, 1) === 0
    pages++
    some ||= isUnpaged && pages === 1 && loader.count(page, 1) > 0
    groups.add(page)
    totals.add(page)
    const more = isLast && loader.extract(page.text, paging.next) !== null
    yield page
    if (more)
      onNotice?.(
        `${fullName(scan.resource)}: these are the rows so far; it is not finished, and may have more later (${callNames(call.method, [call.args])})`,
      )
    if (isLast) return
  }
  if (isUnpaged && pages === 1 && some)
    onNotice?.(
      `${fullName(scan.resource)}: rows may be missing: its API has ${call.method.pagedBy}, so there may be further pages, but how to ask for them is not known`,
    )
  groups.check(fullName(scan.resource))
  if (totals.changed)
    onNotice?.(
      `${fullName(scan.resource)}: rows may be missing: the list had ${totals.changed[0]} rows and then ${totals.changed[1]} while its pages were read; run the statement again`,
    )
}

/** What loads the pages of a method's calls into the table of a scan. */
export function loaderOf(scan: Scan, method: Method, { store, showSecrets }: ScanContext): Loader {
  const shown = showSecrets ? 'all' : []
  const { resource, into, columns, query, computes } = scan
  return new Loader(store, resource, method, into, columns, shown, query?.groups, computes)
}

/** A method whose pages have no more rows than the statement takes. */
export function limitedMethod(method: Method, { limit }: Pick<Scan, 'limit'>): Method {
  const { paging } = method
  return limit === undefined || paging?.max === undefined
    ? method
    : { ...method, paging: { ...paging, max: Math.max(1, Math.min(paging.max, limit)) } }
}
