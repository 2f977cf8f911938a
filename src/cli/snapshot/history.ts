import { rowsOf, type Row } from '../../engine/result.ts'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { openOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { ResultColumn } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import { compare } from '../diff/compare.ts'
import { cellRows, columnsOf } from '../diff/diff.ts'
import { renderOptionsOf } from '../render-options.ts'
import type { World } from '../world.ts'
import { writeTable } from '../write-table.ts'
import { isDatabase, type Reader, type Step, withoutIgnored } from './store.ts'

/** `confluentql history PLACE [TABLE]`: what changed between the snapshots of a table, and when; returns the exit status. */
export async function history(options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  const [place, table] = options.operands as [string, string | undefined]
  const reader = isDatabase(place)
    ? (await import('./sqlite-reader.ts')).sqliteReader(place)
    : (await import('./parquet.ts')).parquetReader(place, world.onBusy)
  try {
    if (table === undefined) await list(reader, options, world)
    else await show(reader, table, options, world, signal)
    return 0
  } finally {
    reader.close()
  }
}

async function list(reader: Reader, options: CliOptions, world: World): Promise<void> {
  const columns: ResultColumn[] = [
    { name: 'table', type: 'string' },
    { name: 'snapshots', type: 'integer' },
    { name: 'first', type: 'string' },
    { name: 'last', type: 'string' },
  ]
  const rows = [...reader.tables()].map(([name, times]) => [name, times.length, times[0]!, times.at(-1)!])
  await writeTable('Snapshots', columns, rows, options, world)
}

async function show(
  reader: Reader,
  table: string,
  options: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const times = reader.tables().get(table)
  if (times === undefined) {
    const names = [...reader.tables().keys()]
    throw new ConfluentqlError(
      'USAGE',
      `${options.operands[0]!} has no snapshots of ${JSON.stringify(table)}${didYouMean(table, names)}`,
      { hint: `tables: ${names.join(', ')}` },
    )
  }
  const { format } = options
  const isTyped = format === 'json' || format === 'ndjson'
  const key = options.key.length > 0 ? options.key : ['id']
  const columns: ResultColumn[] = [
    { name: 'at', type: 'string' },
    ...columnsOf({ key, isWhole: false }, isTyped),
  ]
  const totals = { added: 0, removed: 0, changed: 0 }
  const known = new Set<string>()
  const isForPeople = format === 'table' || format === 'markdown'
  const rows = rowsOf(async function* () {
    for await (const step of reader.steps(table, key, signal)) yield* changesOf(step)
    const unknown = known.size === 0 ? undefined : options.ignore.find(name => !known.has(name))
    if (unknown !== undefined) throw withoutIgnored(table, unknown, [...known])
  })
  const output = await openOutput(options.out, world)
  try {
    const renderer = createRenderer(renderOptionsOf(options, world), output.write)
    await renderer.result(isForPeople ? {} : { title: `History of ${table}` }, columns, rows)
    await renderer.end()
    await output.commit()
  } catch (error) {
    await output.abort()
    if (!output.closed) throw error
  }
  if (!options.quiet)
    world.stderr.write(
      `${count(times.length, 'snapshot')} from ${times[0]!} to ${times.at(-1)!}: ${totals.added} added, ${totals.removed} removed, ${totals.changed} changed\n`,
    )

  async function* changesOf({ at, old, now }: Step): AsyncGenerator<readonly Row[], void, void> {
    for (const name of [...old.columns, ...now.columns]) known.add(name)
    // a column that other snapshots have
    const ignore = options.ignore.filter(name => old.columns.includes(name) || now.columns.includes(name))
    const found = await compare(old, async () => now, { key, ignore }, signal)
    try {
      for (const kind of ['added', 'removed', 'changed'] as const) totals[kind] += found.counts[kind]
      let isFirst = true
      const batch: Row[] = []
      for (const row of cellRows(found, isTyped, isForPeople)) {
        batch.push([isFirst || !isForPeople ? at : '', ...row])
        isFirst = false
      }
      yield batch
    } finally {
      found.close()
    }
  }
}
