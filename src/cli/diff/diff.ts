import type { ResultColumn, Row } from '../../render/types.ts'
import { batchedRows } from '../../engine/result.ts'
import type { Session } from '../../index.ts'
import { openOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import { visible } from '../../render/display.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import { renderOptionsOf } from '../render-options.ts'
import type { World } from '../world.ts'
import { textOfCell } from './cell.ts'
import { compare, type Comparison } from './compare.ts'
import { openSide } from './side.ts'

/** Exit status if the results differ. */
const DIFFERENT = 3

/** `confluentql diff OLD NEW`: writes the differences, prints their count on stderr; returns the exit status. */
export async function diff(
  session: Session,
  options: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const [old, now] = options.operands as [string, string]
  world.line?.start()
  // sequentially: both may be statements, and a session runs one at a time
  const before = await openSide(old, session, options, signal, world.onBusy)
  const found = await compare(
    before,
    () => openSide(now, session, options, signal, world.onBusy),
    options,
    signal,
  )
  try {
    world.line?.stop()
    const notices = noticesOf(found)
    if (!options.quiet) for (const text of notices) world.stderr.write(`notice: ${visible(text)}\n`)
    await write(found, options, world)
    if (!options.quiet) world.stderr.write(`${summary(found)}\n`)
    return isDifferent(found) ? DIFFERENT : 0
  } finally {
    found.close()
  }
}

function isDifferent({ counts, onlyOld, onlyNew }: Comparison): boolean {
  return counts.added + counts.removed + counts.changed + onlyOld.length + onlyNew.length > 0
}

function noticesOf({ isWhole, onlyOld, onlyNew, names, ambiguous, isMasked }: Comparison): string[] {
  return [
    ...(isWhole
      ? ['there is no key, so whole rows are compared; --key names the columns that identify a row']
      : []),
    ...(onlyOld.length > 0 ? [`only ${names[0]} has ${onlyOld.join(', ')}`] : []),
    ...(onlyNew.length > 0 ? [`only ${names[1]} has ${onlyNew.join(', ')}`] : []),
    ...(ambiguous
      ? ['a file without types is compared as text, where NULL and the empty text are equal']
      : []),
    ...(isMasked
      ? [
          'secrets are masked, so that differences between them are not found; --show-secrets compares their values',
        ]
      : []),
  ]
}

function summary({ counts, onlyOld, onlyNew }: Comparison): string {
  const columns = [
    ...(onlyNew.length > 0 ? [`${count(onlyNew.length, 'column')} added`] : []),
    ...(onlyOld.length > 0 ? [`${count(onlyOld.length, 'column')} removed`] : []),
  ]
  return [
    `${counts.added} added`,
    `${counts.removed} removed`,
    `${counts.changed} changed`,
    `${counts.same} the same`,
    ...columns,
  ].join(', ')
}

async function write(found: Comparison, options: CliOptions, world: World): Promise<void> {
  const { format } = options
  if (
    options.out === undefined
    && !isDifferent(found)
    && (format === 'table' || format === 'vertical' || format === 'markdown')
  )
    return
  const output = await openOutput(options.out, world)
  try {
    const renderer = createRenderer(renderOptionsOf(options, world), output.write)
    const about = { title: `${found.names[0]} → ${found.names[1]}`, note: summary(found) }
    const isTyped = format === 'json' || format === 'ndjson'
    const isForPeople = format === 'table' || format === 'markdown'
    await renderer.result(
      isForPeople ? {} : about,
      columnsOf(found, isTyped),
      batchedRows(found.isWhole ? wholeRows(found, isTyped) : cellRows(found, isTyped, isForPeople)),
    )
    await renderer.end()
    await output.commit()
  } catch (error) {
    await output.abort()
    if (!output.closed) throw error
  }
}

/** The columns of the output; compared values are JSON in JSON formats, else text. */
export function columnsOf(
  { key, isWhole }: Pick<Comparison, 'key' | 'isWhole'>,
  isTyped: boolean,
): ResultColumn[] {
  const type = isTyped ? 'json' : 'any'
  const any = (name: string): ResultColumn => ({ name, type })
  const text = (name: string): ResultColumn => ({ name, type: 'string' })
  return [text('change'), ...key.map(any), ...(isWhole ? [] : [text('column'), any('old'), any('new')])]
}

const valueOf = (cell: string, isTyped: boolean): string | null =>
  cell === 'null' ? null : isTyped ? cell : textOfCell(cell)

function* wholeRows(found: Comparison, isTyped: boolean): Generator<Row, void, void> {
  for (const { kind, key } of found.changes()) yield [kind, ...key.map(c => valueOf(c, isTyped))]
}

/** One row for each differing cell. For people, repeated keys and missing sides are left blank. */
export function* cellRows(
  found: Comparison,
  isTyped: boolean,
  isForPeople: boolean,
): Generator<Row, void, void> {
  const none = isForPeople ? '' : null
  const keys = found.key.map(() => none)
  for (const name of found.onlyOld) yield ['column removed', ...keys, name, none, none]
  for (const name of found.onlyNew) yield ['column added', ...keys, name, none, none]
  for (const { kind, key, cells } of found.changes()) {
    const head = [kind, ...key.map(c => valueOf(c, isTyped))]
    if (cells.length === 0) yield [...head, none, none, none]
    for (const [i, cell] of cells.entries()) {
      const [old, now] = [cell.old, cell.new].map(c => (c === undefined ? none : valueOf(c, isTyped)))
      yield [...(isForPeople && i > 0 ? head.map(() => '') : head), cell.column, old!, now!]
    }
  }
}
