import { completeRows, type Row } from '../engine/result.ts'
import { openOutput } from '../render/output.ts'
import { createRenderer } from '../render/renderer.ts'
import type { ResultColumn } from '../render/types.ts'
import type { CliOptions } from './args/options.ts'
import { renderOptionsOf } from './render-options.ts'
import type { World } from './world.ts'

/**
 * Writes the one result of a command as the options say. Nothing is written for no rows in a format for people.
 * @param title for formats that have titles
 */
export async function writeTable(
  title: string,
  columns: readonly ResultColumn[],
  rows: readonly Row[],
  options: CliOptions,
  world: World,
): Promise<void> {
  const { format, out, nullText } = options
  const isForPeople = format === 'table' || format === 'vertical' || format === 'markdown'
  if (rows.length === 0 && out === undefined && isForPeople) return
  const output = await openOutput(out, world)
  const hasNoTitle = format === 'table' || format === 'markdown'
  try {
    const renderer = createRenderer(
      { ...renderOptionsOf(options, world), nullText: nullText ?? (hasNoTitle ? '' : undefined) },
      output.write,
    )
    await renderer.result(hasNoTitle ? {} : { title }, columns, completeRows(rows))
    await renderer.end()
    await output.commit()
  } catch (error) {
    await output.abort()
    if (!output.closed) throw error
  }
}
