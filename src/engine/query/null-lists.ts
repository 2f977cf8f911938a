import type { QueryPlan } from '../../plan/plan.ts'
import type { ScanContext } from '../scans/scan-calls.ts'
import type { Store } from '../store/store.ts'
import { bound } from './params.ts'

/** Reports the lists of NOT IN that have a NULL, over the loaded rows. */
export function reportNullLists(
  { nullLists = [], params }: Pick<QueryPlan, 'nullLists' | 'params'>,
  store: Store,
  onNotice: ScanContext['onNotice'],
): void {
  for (const { sql, notice } of nullLists)
    if (store.busily(() => hasNull(store, sql, params))) onNotice?.(notice)
}

/** Whether a list has a NULL. An error in it is that of the statement, which reports it. */
function hasNull(store: Store, sql: string, params: readonly string[]): boolean {
  try {
    const used = params.filter(p => [':', '@', '$'].some(mark => sql.includes(mark + p)))
    const list = store.db.prepare(sql).pluck()
    return Number(list.get(...bound(store, used))) === 1
  } catch {
    return false
  }
}
