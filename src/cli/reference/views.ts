import type { Catalog, ViewInfo } from '../../catalog/types.ts'
import { Session } from '../../engine/session.ts'
import { quote } from '../../plan/splice.ts'
import { cell, code, sentence, table } from './markdown.ts'

/** A column of a view: name, type, description; the latter two are empty if they are not known. */
type ViewColumn = readonly [name: string, type: string, about: string]

/** The columns of views, by their names. */
export type ViewColumns = ReadonlyMap<string, readonly ViewColumn[]>

/** Finds the columns of views. Sends no request. */
export async function columnsOfViews(catalog: Catalog, views: readonly ViewInfo[]): Promise<ViewColumns> {
  const found = new Map<string, readonly ViewColumn[]>()
  if (views.length === 0) return found
  const session = new Session({
    catalog,
    connect: () => Promise.reject(new Error('a description needs no request')),
  })
  try {
    for (const { name } of views) {
      // a view of an added provider may be wrong; `provider check` reports it
      const plan = await session
        .plan(`DESCRIBE ${name.split('.').map(quote).join('.')}`)
        .catch(() => undefined)
      const rows = plan?.kind === 'rows' ? plan.rows : []
      found.set(
        name,
        rows.map(([column, type, about]) => [String(column), String(type ?? ''), String(about ?? '')]),
      )
    }
  } finally {
    await session.close()
  }
  return found
}

/** The table of ready-made views, which links to their columns on a page. */
export function viewTable(views: readonly ViewInfo[], page: string): string[] {
  return table(
    ['view', 'about'],
    views.map(view => [`[${code(view.name)}](${page}#${anchor(view.name)})`, cell(view.summary)]),
  )
}

/** A heading and the columns of each view. */
export function viewSections(views: readonly ViewInfo[], columns: ViewColumns): string[] {
  return views.flatMap(({ name, summary }) => [
    `### ${name}`,
    '',
    sentence(summary),
    '',
    ...table(
      ['column', 'type', 'about'],
      (columns.get(name) ?? []).map(([column, type, about]) => [
        code(column),
        type,
        about === '' ? '' : sentence(about),
      ]),
    ),
    '',
  ])
}

/** The anchor of a heading: GitHub leaves out the dots. */
const anchor = (name: string): string => name.replaceAll('.', '')
