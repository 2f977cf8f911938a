import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { rowsOf, type Rows } from '../../engine/result.ts'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import { isAlive, reasonOf } from '../../render/file.ts'
import { openOutput, type StandardOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import { readFile } from '../diff/files.ts'
import { lock, LockedError } from '../export/lock.ts'
import type { World } from '../world.ts'
import { AT, type Reader, withTime, type Writer } from './store.ts'
import { wholeSteps } from './whole-steps.ts'

const DAY = /^date=(\d{4}-\d\d-\d\d)$/
/** Prefixes of folders that a run makes beside those of the days. */
const MAKING = '.making-'
const REPLACED = '.replaced-'
/** Milliseconds to wait for another run that changes the days, and between two attempts. */
const [WAIT, PAUSE] = [10_000, 50]
const DAY_MS = 86_400_000

/**
 * Opens a folder for one run: `date=2026-11-29/api_keys.parquet`. The files of a run appear together, with the folder of the
 * day; those of an earlier run of the day are replaced, and its other tables stay.
 * @throws ConfluentqlError OUTPUT
 */
export async function parquetWriter(dir: string, at: Date, world: StandardOutput): Promise<Writer> {
  const time = at.toISOString()
  const day = `date=${time.slice(0, 10)}`
  const [final, making, replaced] = [day, `${MAKING}${day}-${process.pid}`, `${REPLACED}${day}`].map(name =>
    join(dir, name),
  ) as [string, string, string]
  attempt(dir, () => makeFolders(dir))
  await alone(dir, () => {
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
      return alone(dir, () => {
        if (existsSync(final)) {
          for (const file of readdirSync(final))
            if (!existsSync(join(making, file))) copyFileSync(join(final, file), join(making, file))
          replace(final, making, replaced)
        } else renameSync(making, final)
        if (oldest === undefined) return 0
        const first = oldest.toISOString().slice(0, 10)
        const old = [...daysOf(dir)].filter(([d]) => d < first)
        for (const [, folder] of old) rmSync(folder, { recursive: true })
        return old.length
      })
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
    throw new ConfluentqlError('OUTPUT', `cannot write ${dir}: ${reasonOf(cause, dir)}`, { cause })
  }
}

/** Does something while no other run changes the days of the folder. @throws ConfluentqlError OUTPUT */
async function alone<T>(dir: string, work: () => T): Promise<T> {
  const until = performance.now() + WAIT
  for (;;) {
    try {
      const unlock = lock(dir)
      try {
        return attempt(dir, work)
      } finally {
        unlock()
      }
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() > until) throw error
    }
    await setTimeout(PAUSE)
  }
}

function replace(final: string, making: string, replaced: string): void {
  renameSync(final, replaced)
  try {
    renameSync(making, final)
  } catch (error) {
    renameSync(replaced, final)
    throw error
  }
  rmSync(replaced, { recursive: true, force: true })
}

/** Restores a day whose replacement was interrupted, and removes the files of killed runs. */
function recover(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.startsWith(MAKING) && isLeft(join(dir, name)))
      rmSync(join(dir, name), { recursive: true, force: true })
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

/** Whether a run that has ended left its folder. A recent one is kept: a process of another machine, unknown here, may be writing it. */
function isLeft(folder: string): boolean {
  const pid = Number(/\d+$/.exec(folder)?.[0])
  const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return !isAlive(pid) && Date.now() - changed > DAY_MS
}

/** The folders of the days, the oldest first. A day whose replacement was interrupted has its earlier folder. */
function daysOf(dir: string): Map<string, string> {
  const names = readdirSync(dir)
  const days = names
    .filter(name => !name.startsWith(REPLACED) || !names.includes(name.slice(REPLACED.length)))
    .flatMap(name => {
      const day = DAY.exec(name.startsWith(REPLACED) ? name.slice(REPLACED.length) : name)?.[1]
      return day === undefined ? [] : [[day, join(dir, name)] as const]
    })
  return new Map(days.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Opens a folder of snapshots. @throws ConfluentqlError USAGE */
export function parquetReader(dir: string, onBusy: World['onBusy']): Reader {
  const isFolder = statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true
  const days = isFolder ? daysOf(dir) : new Map<string, string>()
  if (days.size === 0)
    throw new ConfluentqlError(
      'USAGE',
      `${dir} has no snapshots: it is not a folder that has folders such as date=2026-11-29`,
      { hint: `make them: confluentql snapshot -f inventory.sql --to ${dir}` },
    )
  const tables = new Map<string, string[]>()
  for (const [day, folder] of days)
    for (const file of readdirSync(folder)) {
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
          open: () => readFile(join(days.get(at)!, `${table}.parquet`), undefined, onBusy, AT),
        })),
        key,
        signal,
      ),
    close: () => {},
  }
}
