import { ConfluentqlError } from '../../errors.ts'
import { numericColumns } from '../chart/series.ts'
import type { About, Renderer, RenderOptions, ResultColumn, Row, Write } from '../types.ts'
import { cellOf, type CellStyle } from './cells.ts'
import { figuresOf } from './figures.ts'
import { groupFigure } from './group-figure.ts'
import { KeptTexts } from './kept-texts.ts'
import { Totals } from '../total.ts'
import { pageEnd, pageHead, type Section, sectionEnd, sectionStart } from './page.ts'
import { paragraphsOf } from '../values.ts'
import { content } from './text.ts'

/** Rows that are held to find the type of computed columns and to draw. A table with more rows is a long one. */
const HELD = 2000
/** Rows per tbody. A browser with scripts shows the first two, and more on scrolling (script.ts). */
const BODY = 500
const SHOWN_BODIES = 2

/**
 * html: one self-contained page with statements, sortable and filterable tables, and drawings of labels and numbers.
 * Its text is kept until the end, since the contents at its beginning have the numbers of rows. If rows fail, the page ends there with a notice.
 */
export function html(options: RenderOptions, write: Write): Renderer {
  const sections: Section[] = []
  const kept = new KeptTexts()
  let isOver = false
  const end = async (): Promise<void> => {
    if (isOver) return
    isOver = true
    try {
      await write(pageHead(sections, options.document))
      for (const section of sections) {
        await write(sectionStart(section, sections.length === 1, options.document))
        for await (const text of kept.read(section.from, section.to)) await write(text)
        await write(sectionEnd())
      }
      await write(pageEnd())
    } finally {
      kept.close()
    }
  }
  return {
    async result(about, columns, rows) {
      if (isOver) throw new ConfluentqlError('OUTPUT', 'html: the page ended with the result that failed')
      const number = sections.length + 1
      const table = new Table(columns, options.nullText ?? 'NULL', kept)
      let failure: { readonly error: unknown } | undefined
      try {
        for await (const batch of rows.batches()) {
          for (const row of batch) {
            table.add(row)
            if (kept.isFull) await kept.settle()
          }
        }
      } catch (error) {
        failure = { error }
      }
      sections.push(sectionOf(number, about, columns, table, failure === undefined))
      if (failure !== undefined) {
        await end().catch(() => {})
        throw failure.error
      }
      return table.count
    },
    end,
    discard() {
      isOver = true
      kept.close()
    },
  }
}

function sectionOf(
  number: number,
  about: About,
  columns: readonly ResultColumn[],
  table: Table,
  isWhole: boolean,
): Section {
  const title = about.title ?? `Result ${number}`
  const id = `result-${number}`
  const count = table.count === 1 ? '1 row' : `${table.count} rows`
  const { figures, from, to } = table.end(isWhole)
  const names = columns.map(
    (column, i) => `<th scope="col"${table.numeric[i] ? ' class="num"' : ''}>${content(column.name)}</th>`,
  )
  const head = `${isWhole ? '' : '<p class="broken" role="alert">Incomplete: reading the rows failed after those shown here.</p>\n'}${lacking(about)}${askedFor(about)}${isWhole ? figures : ''}\
<div class="controls"><p class="count" role="status">${count}</p></div>
<div class="scroll" role="region" aria-labelledby="${id}-title" tabindex="0">
<table aria-labelledby="${id}-title">
<thead><tr>${names.join('')}</tr></thead>
`
  return { id, title, isTitled: about.title !== undefined, count, head, from, to }
}

function lacking({ lacks = [] }: About): string {
  const texts = lacks.map(content).join('<br>')
  return texts === '' ? '' : `<p class="broken" role="alert">${texts}</p>\n`
}

function askedFor({ note, sql }: About): string {
  const asked =
    sql === undefined
      ? ''
      : `<details class="sql"><summary>SQL</summary><pre><code>${content(sql)}</code></pre></details>\n`
  return (
    paragraphsOf(note)
      .map(text => `<p class="note">${content(text)}</p>\n`)
      .join('') + asked
  )
}

/** The rows of one table, added to the kept texts. The first rows are held to find numeric columns and to draw. */
class Table {
  count = 0
  numeric: readonly boolean[] = []
  #held: Row[] | undefined = []
  readonly #columns: readonly ResultColumn[]
  #style: CellStyle
  readonly #texts: KeptTexts
  readonly #from: number
  readonly #totals: Totals
  #body = ''
  #rows = 0

  constructor(columns: readonly ResultColumn[], nullText: string, texts: KeptTexts) {
    this.#columns = columns
    this.#totals = new Totals(columns)
    this.#texts = texts
    this.#from = texts.count
    this.#style = { nullText, folds: true }
  }

  add(row: Row): void {
    this.count += 1
    this.#totals.add(row)
    if (this.#held === undefined) return this.#write(row)
    this.#held.push(row)
    if (this.#held.length > HELD) {
      this.#style = { ...this.#style, folds: false }
      this.#release()
    }
    return undefined
  }

  /** The drawings, and the range of the rows in the kept texts. */
  end(isWhole: boolean): { readonly figures: string } & Pick<Section, 'from' | 'to'> {
    const figures = this.#held === undefined ? '' : this.#figures(this.#held)
    this.#release()
    if (this.#body !== '' || this.count === 0) this.#endBody()
    if (isWhole) this.#texts.add(this.#foot())
    return { figures, from: this.#from, to: this.#texts.count }
  }

  #figures(rows: readonly Row[]): string {
    return groupFigure(this.#columns, rows) ?? figuresOf(this.#columns, rows)
  }

  /** The row of totals, if columns ask for them. */
  #foot(): string {
    const { texts } = this.#totals
    if (!texts) return ''
    const cells = texts.map(
      (text = '', i) => `<td${this.numeric[i] === true ? ' class="num"' : ''}>${content(text)}</td>`,
    )
    return `<tfoot><tr>${cells.join('')}</tr></tfoot>\n`
  }

  #release(): void {
    if (this.#held === undefined) return
    this.numeric = numericColumns(this.#columns, this.#held)
    for (const row of this.#held) this.#write(row)
    this.#held = undefined
  }

  #write(row: Row): void {
    let text = '<tr>'
    for (const [i, column] of this.#columns.entries())
      text += cellOf(row[i], column, this.numeric[i] === true, i === 0, this.#style)
    this.#body += `${text}</tr>\n`
    this.#rows += 1
    if (this.#rows % BODY === 0) this.#endBody()
  }

  #endBody(): void {
    this.#texts.add(
      `<tbody${this.#texts.count - this.#from < SHOWN_BODIES ? '' : ' class="more"'}>\n${this.#body}</tbody>\n`,
    )
    this.#body = ''
  }
}
