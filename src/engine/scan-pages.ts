import type { Host } from '../catalog/types.ts'
import type { Call, Page, PageOptions } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import type { Scan, ScanCalls } from '../plan/plan.ts'
import { callNames, type Args } from './calls.ts'
import type { Loader } from './load.ts'
import { GroupCount, queryBody } from './query-body.ts'
import type { ScanContext } from './scan.ts'

/** One call of a scan; of a query with its body. */
export function callOf(chosen: ScanCalls, args: Args, host: Host): Call {
  const body = queryBody(chosen, args)
  return { host, method: chosen.method, args, ...(body !== undefined && { body }) }
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
  const groups = new GroupCount(call.method, scan.query?.groups ?? [], store)
  for await (const page of client.pages(call, loader.extract, signal, {
    ...options,
    ...(isOpen && { ahead: () => false }),
    fresh,
  })) {
    const isLast = isOpen && loader.isEmpty(page)
    groups.add(page)
    const more = isLast && loader.extract(page.text, paging.next) !== null
    yield page
    if (more)
      onNotice?.(
        `${fullName(scan.resource)}: these are the rows so far; it is not finished, and may have more later (${callNames(call.method, [call.args])})`,
      )
    if (isLast) return
  }
  groups.check(fullName(scan.resource))
}
