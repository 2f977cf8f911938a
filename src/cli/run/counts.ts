import { count } from '../count.ts'
import type { World } from '../world.ts'
import type { LastResult, ResultFile } from './outputs.ts'
import type { Settings } from './settings.ts'

/** That a file is written, and that it had other content before. */
function writtenTo({ path, hasReplaced }: ResultFile): string {
  return hasReplaced ? `written over the old ${path}` : `written to ${path}`
}

/**
 * The line below a result: the numbers of rows and requests, the file that it went to, the time, how many notices are as before,
 * and how to see values that were shortened. Undefined: none is wanted.
 */
export function countsLine(
  rows: number | undefined,
  { timer, counts, quiet, interactive }: Settings,
  { meter, notices }: Pick<World, 'meter' | 'notices'>,
  { isCut, file }: LastResult,
): string | undefined {
  if (!timer && !counts && (meter.cached === 0 || quiet)) return undefined
  const noticed = notices?.summary
  const where = file && interactive ? ` ${file.isComplete ? writtenTo(file) : `for ${file.path}`}` : ''
  // counts are those of a shell, which has \gx
  const cuts =
    rows !== undefined && isCut && counts ? '; … shortens values, \\gx instead of ; shows them whole' : ''
  const parts = [
    ...(rows === undefined ? [] : [count(rows, 'row') + where]),
    ...(meter.requests === 0 ? [] : [count(meter.requests, 'request')]),
    ...(meter.cached > 0 ? [`${count(meter.cached, 'request')} from the cache`] : []),
    ...(timer ? [`${(meter.ms / 1000).toFixed(2)} s`] : []),
    ...(noticed === undefined ? [] : [noticed]),
  ]
  return parts.length === 0 ? undefined : `(${parts.join(', ')}${cuts})`
}
