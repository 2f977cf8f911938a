import { count } from '../count.ts'
import type { World } from '../world.ts'
import type { Settings } from './settings.ts'

/** The line below a result: the numbers of rows and requests, the time, and how many notices are as before. Undefined: none is wanted. */
export function countsLine(
  rows: number | undefined,
  { timer, counts, quiet }: Settings,
  { meter, notices }: Pick<World, 'meter' | 'notices'>,
): string | undefined {
  if (!timer && !counts && (meter.cached === 0 || quiet)) return undefined
  const noticed = notices?.summary
  const parts = [
    ...(rows === undefined ? [] : [count(rows, 'row')]),
    ...(meter.requests === 0 ? [] : [count(meter.requests, 'request')]),
    ...(meter.cached > 0 ? [`${count(meter.cached, 'request')} from the cache`] : []),
    ...(timer ? [`${(meter.ms / 1000).toFixed(2)} s`] : []),
    ...(noticed === undefined ? [] : [noticed]),
  ]
  return parts.length === 0 ? undefined : `(${parts.join(', ')})`
}
