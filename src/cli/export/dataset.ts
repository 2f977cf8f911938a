import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { rowsOf } from '../../engine/result.ts'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import type { Session } from '../../index.ts'
import { Narrowing, type Stored } from '../../render/parquet/columns.ts'
import { writeParquet } from '../../render/parquet/parquet.ts'
import { createRenderer, extensionsOf } from '../../render/renderer.ts'
import type { Format, ResultColumn, Row, Write } from '../../render/types.ts'
import { distinctNames, textOf } from '../../render/values.ts'
import { shownStatement } from '../../sql/secrets.ts'
import { folderName } from './folders.ts'
import type { Level } from './levels.ts'
import { Spool } from './spool.ts'
import type { Target } from './target.ts'
import type { Unit } from './units.ts'
import type { WrittenFile } from './record.ts'

/** Most partitions that the rows of one statement may make. */
const MAX_PARTITIONS = 10_000

/** What a unit is written from. */
export interface Source {
  readonly session: Session
  readonly profile: string | undefined
  readonly signal: AbortSignal
}

/** The files of an export: a folder for each combination of values of the levels, with one file. */
export class Dataset {
  readonly #target: Target
  readonly #levels: readonly Level[]
  readonly #format: Format
  readonly #columns: readonly ResultColumn[]
  /** The columns of the result that are in the files: those that are no level. */
  readonly #kept: readonly number[]
  /** parquet: the types that hold the values of all files so far. */
  readonly #types: readonly Narrowing[]
  /** By a spelling that file systems which ignore case do not tell apart. */
  readonly #folders = new Map<string, Set<string>>()

  constructor(target: Target, levels: readonly Level[], format: Format, columns: readonly ResultColumn[]) {
    this.#target = target
    this.#levels = levels
    this.#format = format
    const distinct = distinctNames(columns)
    this.#kept = keptOf(levels, columns)
    this.#columns = this.#kept.map(i => ({ ...columns[i]!, name: distinct[i]! }))
    this.#types = this.#columns.map(column => new Narrowing(column))
  }

  /** The folder of what is the same in all rows of a unit. */
  idOf({ fixed }: Unit): string {
    return this.#levels
      .flatMap(({ name }) => (fixed.has(name) ? [folderName(name, fixed.get(name))] : []))
      .join('/')
  }

  /** Stands for the types of the files that are written now. Files with others have to be written again. */
  get #typesId(): string {
    if (this.#format !== 'parquet') return ''
    const types = JSON.stringify(this.#stored().map(({ element }) => element))
    return createHash('sha256').update(types).digest('hex').slice(0, 16)
  }

  /** Takes what a complete unit of an earlier run says about types. */
  take(unit: string): readonly WrittenFile[] | undefined {
    const done = this.#target.done(unit)
    done?.allowed.forEach((one, i) => this.#types[i]!.join(one))
    return done?.files
  }

  /** Whether the files of a unit have the types that they are to have. */
  isCurrent(unit: string): boolean {
    return this.#target.done(unit)?.types === this.#typesId
  }

  /** Runs a unit and writes its files. Nothing is written before all rows are there. */
  async write(unit: Unit, source: Source): Promise<readonly WrittenFile[]> {
    const spool = new Spool(this.#target.dir)
    try {
      const types = this.#format === 'parquet' ? this.#columns.map(column => new Narrowing(column)) : []
      await this.#read(unit, source, spool, types)
      for (const type of types) type.check()
      const allowed = types.map(type => type.allowed())
      allowed.forEach((one, i) => this.#types[i]!.join(one))
      const id = this.idOf(unit)
      const written = this.#typesId
      const files: WrittenFile[] = []
      for (const folder of spool.keys()) files.push(await this.#writeFile(id, folder, spool, unit, source))
      await this.#target.complete({ unit: id, files, types: written, allowed })
      return files
    } finally {
      spool.close()
    }
  }

  /** Routes the rows of a unit to their partitions. */
  async #read(
    { sql, fixed }: Unit,
    { session, signal }: Source,
    spool: Spool,
    types: readonly Narrowing[],
  ): Promise<void> {
    const result = await session.runPiece(sql, session.statements(sql)[0]!, signal)
    const routed = this.#levels.some(level => level.source.kind === 'column')
    const folderOf = (row: Row): string =>
      this.#levels
        .map(({ name, source }) => {
          const value =
            source.kind === 'column'
              ? textOf(row[source.index], result.columns[source.index]!)
              : fixed.get(name)
          if (value === '') throw emptyText(name)
          return folderName(name, value)
        })
        .join('/')
    const only = routed ? undefined : folderOf([])
    if (only !== undefined) spool.open(only)
    for await (const batch of result.rows.batches()) {
      for (const row of batch) {
        const kept = this.#kept.map(i => row[i] ?? null)
        for (const [i, type] of types.entries()) type.add(kept[i]!)
        const isFull = spool.add(only ?? folderOf(row), kept)
        if (spool.partitions > MAX_PARTITIONS) throw tooMany()
        if (isFull) await spool.settle()
      }
    }
    result.finish()
  }

  async #writeFile(
    id: string,
    folder: string,
    spool: Spool,
    { sql }: Unit,
    { session, profile }: Source,
  ): Promise<WrittenFile> {
    this.#checkFolder(folder)
    const path = [folder, `part-0${extensionsOf(this.#format)[0]!}`].filter(Boolean).join('/')
    const about = { sql: shownStatement(sql, session.statements(sql)[0]!) }
    const document = { profile, at: new Date() }
    let rows = 0
    async function* groups(): AsyncGenerator<readonly Row[], void, void> {
      for await (const group of spool.groups(folder)) {
        rows += group.length
        yield group
      }
    }
    const content = async (to: Write): Promise<void> => {
      if (this.#format === 'parquet') return writeParquet(this.#stored(), groups(), about, document, to)
      const renderer = createRenderer({ format: this.#format, header: true }, to)
      await renderer.result(about, this.#columns, rowsOf(groups))
      await renderer.end()
    }
    const bytes = await this.#target.write(id, path, content)
    return { path, rows, bytes }
  }

  #stored(): Stored[] {
    return this.#types.map((type, i) => type.stored(this.#columns[i]!.name))
  }

  /** @throws ConfluentqlError OUTPUT if the file system takes two partitions for one, since it ignores case or the composition of letters */
  #checkFolder(folder: string): void {
    const spelling = folder.normalize('NFC').toLowerCase()
    const others = this.#folders.get(spelling) ?? new Set<string>()
    this.#folders.set(spelling, others.add(folder))
    if (others.size === 1) return
    const identity = (name: string): string => {
      makeFolders(join(this.#target.dir, name))
      const { dev, ino } = statSync(join(this.#target.dir, name))
      return `${dev} ${ino}`
    }
    const own = identity(folder)
    const other = [...others].find(name => name !== folder && identity(name) === own)
    if (other !== undefined)
      throw new ConfluentqlError('OUTPUT', `this file system does not tell ${folder} from ${other}`, {
        hint: 'write to a file system that distinguishes upper and lower case',
      })
  }
}

/**
 * The columns that are in the files, by their places: those that are no level. A key or the profile as a level is a column of
 * its name.
 * @throws ConfluentqlError USAGE if there is none
 */
export function keptOf(levels: readonly Level[], columns: readonly ResultColumn[]): readonly number[] {
  const ofLevels = new Set(levels.flatMap(l => (l.source.kind === 'column' ? l.source.index : [])))
  const names = new Set(levels.map(l => l.name.toLowerCase()))
  const kept = columns.flatMap(({ name }, i) => (ofLevels.has(i) || names.has(name.toLowerCase()) ? [] : [i]))
  if (kept.length === 0)
    throw new ConfluentqlError('USAGE', 'all columns are partition columns: none is left for the files')
  return kept
}

function emptyText(name: string): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `the partition column ${name} has an empty text, which readers of such folders cannot tell from NULL`,
    { hint: `write nullif(${name}, '') AS ${name}, or coalesce it to a text` },
  )
}

function tooMany(): ConfluentqlError {
  return new ConfluentqlError(
    'LIMIT',
    `the rows make more than ${MAX_PARTITIONS.toLocaleString('en-US')} partitions`,
    {
      hint: 'partition by columns with fewer values, such as the day of a time: substr(created_at, 1, 10) AS day',
    },
  )
}
