import type { ExampleScript } from '../../catalog/search/examples.ts'
import { matchesOf, type MatchColumn } from '../../catalog/search/matches.ts'
import type { Catalog } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import type { Statement } from '../../sql/statement.ts'
import type { PlanContext } from '../context.ts'
import type { RowsPlan } from '../plan.ts'
import { listing } from './listing.ts'
import { describedColumns } from './table-columns.ts'

/** Plans SHOW MATCHES. `examples`: the scripts that come with the program. */
export function planMatches(
  { like }: Extract<Statement, { kind: 'show' }>,
  source: Source,
  context: PlanContext,
  examples: readonly ExampleScript[] | undefined,
): RowsPlan {
  const words = like ? source.tokens[like.from]!.value : ''
  const found = matchesOf(context.catalog, words, examples, columnsOfViews(context))
  return listing(
    ['kind', 'name', 'about'],
    found.map(m => [m.kind, m.name, m.about]),
  )
}

type ViewColumns = ReadonlyMap<string, readonly MatchColumn[]>

/** Kept, since finding them takes a plan of each view. */
const columnsByCatalog = new WeakMap<Catalog, ViewColumns>()

/** The columns of the providers' views, by the names of these. A view that cannot be planned has none. */
function columnsOfViews(context: PlanContext): ViewColumns {
  const known = columnsByCatalog.get(context.catalog)
  if (known) return known
  const columnsOf = (view: string): MatchColumn[] => {
    try {
      return describedColumns(view, context).map(([name, , about]) => ({
        name: String(name),
        about: String(about ?? ''),
      }))
    } catch (error) {
      if (error instanceof ConfluentqlError) return []
      throw error
    }
  }
  const views = context.catalog.providers().flatMap(({ views: all }) => all ?? [])
  const found = new Map(views.map(({ name }) => [name, columnsOf(name)]))
  columnsByCatalog.set(context.catalog, found)
  return found
}
