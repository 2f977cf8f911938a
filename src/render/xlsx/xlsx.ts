import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../display.ts'
import type { About, Renderer, RenderOptions, ResultColumn, Row, Write } from '../types.ts'
import { type Cell, cellOf, textCell } from './cells.ts'
import { SheetNames } from './names.ts'
import {
  contentTypes,
  coreProperties,
  ROOT_RELATIONS,
  sheetHead,
  sheetTail,
  workbook,
  workbookRelations,
} from './parts.ts'
import { STYLE, Styles } from './styles.ts'
import { TotalRow } from './totals.ts'
import { ZipFile } from './zip.ts'

/** https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3: rows and columns of a sheet. */
const MOST_ROWS = 1_048_576
const MOST_COLUMNS = 16_384
/** Rows that are held to find the widths of columns. */
const MEASURED = 500
const NARROWEST = 6
/** Characters that the total of a column may have more than the numbers that were measured. */
const LONGER_TOTAL = 8
const WIDEST = 60

/**
 * xlsx: a workbook with one sheet per result: typed cells, a frozen header, a filter, NULL as an empty cell. Rows are
 * compressed as they arrive. If rows fail, the workbook ends there and the name of its last sheet begins with INCOMPLETE.
 */
export function xlsx(options: RenderOptions, write: Write): Renderer {
  const about = options.document ?? { at: new Date() }
  const zip = new ZipFile(write)
  const names = new SheetNames()
  const styles = new Styles()
  let isOver = false
  const part = (name: string, text: string): void => {
    zip.begin(name)
    zip.add(text)
  }
  const begin = (): void => {
    part('_rels/.rels', ROOT_RELATIONS)
    part('docProps/core.xml', coreProperties(about))
  }
  const end = async (): Promise<void> => {
    if (isOver) return
    isOver = true
    if (names.all.length === 0) {
      begin()
      await sheet(zip, styles, names.add(undefined), [], nothing(), 1)
    }
    // after the sheets, whose cells add formats to it
    part('xl/styles.xml', styles.xml)
    part('xl/workbook.xml', workbook(names.all))
    part('xl/_rels/workbook.xml.rels', workbookRelations(names.all.length))
    part('[Content_Types].xml', contentTypes(names.all.length))
    await zip.end()
  }
  return {
    async result({ title, lacks }: About, columns, rows) {
      if (isOver) throw new ConfluentqlError('OUTPUT', 'xlsx: the workbook ended with the result that failed')
      if (names.all.length === 0) begin()
      const name = names.add(title)
      try {
        const count = await sheet(zip, styles, name, columns, rows, names.all.length)
        if (lacks) names.markLast('INCOMPLETE')
        return count
      } catch (error) {
        names.markLast('INCOMPLETE')
        await end().catch(() => {})
        throw error
      }
    },
    end,
  }
}

async function* nothing(): AsyncGenerator<Row> {}

async function sheet(
  zip: ZipFile,
  styles: Styles,
  name: string,
  columns: readonly ResultColumn[],
  rows: AsyncIterable<Row>,
  number: number,
): Promise<number> {
  if (columns.length > MOST_COLUMNS) throw tooMuch(name, 'columns', MOST_COLUMNS)
  const letters = columns.map((_, i) => lettersOf(i))
  const header = columns.map((column, i) =>
    reading(name, 1, columns[i], () => textCell(column.name, STYLE.header)),
  )
  // Room for the filter's arrow beside the name.
  const widths = header.map(cell => cell.width + 4)
  let held: string | undefined = rowXml(1, header, letters)
  let count = 0
  const totals = new TotalRow(columns)
  zip.begin(`xl/worksheets/sheet${number}.xml`)
  const head = (areAllMeasured: boolean): void => {
    const room = columns.map(({ display }) => (display?.total && !areAllMeasured ? LONGER_TOTAL : 0))
    zip.add(
      sheetHead(
        widths.map((width, i) => Math.min(WIDEST, Math.max(NARROWEST, width + room[i]!))),
        number === 1,
      ) + (held ?? ''),
    )
    held = undefined
  }
  const add = (at: number, cells: readonly (Cell | undefined)[]): void => {
    const xml = rowXml(at, cells, letters)
    if (held === undefined) return zip.add(xml)
    for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, (cell?.width ?? 0) + 2)
    held += xml
  }
  try {
    for await (const row of rows) {
      const at = count + 2
      if (at > MOST_ROWS) throw tooMuch(name, 'rows', MOST_ROWS - 1)
      const cells = columns.map((column, i) =>
        reading(name, at, column, () => cellOf(row[i], column, styles)),
      )
      count += 1
      totals.add(row)
      add(at, cells)
      if (count === MEASURED) head(false)
      if (zip.full) await zip.flush()
    }
    const sums = totals.cells(styles, i => `${letters[i]}2:${letters[i]}${count + 1}`)
    if (sums && count + 2 > MOST_ROWS) throw tooMuch(name, 'rows', MOST_ROWS - 2)
    if (sums) add(count + 2, sums)
  } finally {
    if (held !== undefined) head(true)
    zip.add(sheetTail(letters.length === 0 ? undefined : `A1:${letters.at(-1)}${count + 1}`))
  }
  await zip.flush()
  return count
}

/** Adds the position to the error of a value that a cell cannot hold. */
function reading<T>(sheetName: string, row: number, column: ResultColumn | undefined, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfluentqlError)) throw error
    throw new ConfluentqlError(
      'OUTPUT',
      `xlsx: sheet "${sheetName}", row ${row}, column "${visible(column?.name ?? '')}": ${error.message}`,
      {
        hint: 'take a part of it in the statement (substr(…, 1, 32767)), or write csv, json, html or parquet',
      },
    )
  }
}

function tooMuch(name: string, what: string, most: number): ConfluentqlError {
  return new ConfluentqlError(
    'OUTPUT',
    `xlsx: sheet "${name}" would have more ${what} than a sheet holds (${most.toLocaleString('en')})`,
    { hint: 'write csv or parquet, or select less' },
  )
}

function rowXml(row: number, cells: readonly (Cell | undefined)[], letters: readonly string[]): string {
  let xml = `<row r="${row}">`
  for (const [i, cell] of cells.entries()) {
    if (cell) xml += `<c r="${letters[i]}${row}"${cell.attributes}>${cell.content}</c>`
  }
  return `${xml}</row>`
}

/** 0 is A, 26 is AA. */
function lettersOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : lettersOf(Math.floor(index / 26) - 1) + last
}
