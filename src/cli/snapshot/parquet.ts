import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { rowsOf, type Rows } from '../../engine/result.ts'
import { ConfluentqlError } from '../../errors.ts'
import { openOutput, type StandardOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import { readFile } from '../diff/files.ts'
import type { World } from '../world.ts'
import { AT, type Reader, withTime, type Writer } from './store.ts'
import { wholeSteps } from './whole-steps.ts'

const DAY = /^date=(\d{4}-\d\d-\d\d)$/
/** Prefixes of folders that a run makes beside those of the days. */
const MAKING = '.making-'
const REPLACED = '.replaced-'

/**
 * Opens a folder for one run: `date=2026-11-29/api_keys.parquet`. The files of a run appear together, with the folder of the
 * day; those of an earlier run of the day are replaced, and its other tables stay.
 * @throws ConfluentqlError OUTPUT
 */
export function parquetWriter(dir: string, at: Date, world: StandardOutput): Writer {
  const time = at.toISOString()
  const day = `date=${time.slice(0, 10)}`
  const [final, making, replaced] = [day, `${MAKING}${day}-${process.pid}`, `${REPLACED}${day}`].map(name =>
    join(dir, name),
  ) as [string, string, string]
  attempt(dir, () => {
    mkdirSync(dir, { recursive: true })
    recover(dir)
    rmSync(making, { recursive: true, force: true })
    mkdirSync(making)
  })
  return {
    at,
    async write(table, about, { columns, rows }) {
      const output = await openOutput(join(making, `${table}.parquet`), world)
      const renderer = createRenderer(
        { format: 'parquet', header: true, declaredTypes: true, document: { title: about.title, at } },
        output.write,
      )
      try {
        const count = await renderer.result(about, withTime(columns), timed(rows, time))
        await renderer.end()
        await output.commit()
        return count
      } catch (error) {
        await output.abort()
        throw error
      }
    },
    async commit(oldest) {
      attempt(dir, () => {
        if (existsSync(final)) {
          for (const file of readdirSync(final))
            if (!existsSync(join(making, file))) copyFileSync(join(final, file), join(making, file))
          renameSync(final, replaced)
        }
        renameSync(making, final)
        rmSync(replaced, { recursive: true, force: true })
      })
      if (oldest === undefined) return 0
      const old = daysOf(dir).filter(d => d < oldest.toISOString().slice(0, 10))
      attempt(dir, () => {
        for (const one of old) rmSync(join(dir, `date=${one}`), { recursive: true })
      })
      return old.length
    },
    async abort() {
      rmSync(making, { recursive: true, force: true })
    },
  }
}

function attempt<T>(dir: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new ConfluentqlError('OUTPUT', `cannot write ${dir}: ${(cause as Error).message}`, { cause })
  }
}

/** Puts back a day whose replacement was interrupted. */
function recover(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(REPLACED)) continue
    const final = join(dir, name.slice(REPLACED.length))
    if (existsSync(final)) rmSync(join(dir, name), { recursive: true, force: true })
    else renameSync(join(dir, name), final)
  }
}

function timed(rows: Rows, at: string): Rows {
  return rowsOf(async function* () {
    for await (const batch of rows.batches()) yield [...batch].map(row => [at, ...row])
  })
}

const daysOf = (dir: string): string[] =>
  readdirSync(dir)
    .flatMap(name => DAY.exec(name)?.[1] ?? [])
    .toSorted()

/** Opens a folder of snapshots. @throws ConfluentqlError USAGE */
export function parquetReader(dir: string, onBusy: World['onBusy']): Reader {
  const isFolder = statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true
  const days = isFolder ? daysOf(dir) : []
  if (days.length === 0)
    throw new ConfluentqlError(
      'USAGE',
      `${dir} has no snapshots: it is no folder with folders date=2026-11-29`,
      { hint: `make them: confluentql snapshot -f inventory.sql --to ${dir}` },
    )
  const tables = new Map<string, string[]>()
  for (const day of days)
    for (const file of readdirSync(join(dir, `date=${day}`))) {
      if (!file.endsWith('.parquet')) continue
      const name = file.slice(0, -'.parquet'.length)
      tables.set(name, [...(tables.get(name) ?? []), day])
    }
  return {
    tables: () => tables,
    steps: (table, key, signal) =>
      wholeSteps(
        (tables.get(table) ?? []).map(at => ({
          at,
          open: () => readFile(join(dir, `date=${at}`, `${table}.parquet`), undefined, onBusy, AT),
        })),
        key,
        signal,
      ),
    close: () => {},
  }
}
