import type { ExampleScript } from '../../catalog/search/examples.ts'
import { matchesOf, type MatchColumn } from '../../catalog/search/matches.ts'
import { wantedOf } from '../../catalog/search/words.ts'
import type { Catalog } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import type { Statement } from '../../sql/statement.ts'
import type { PlanContext, View } from '../context.ts'
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
  const found = matchesOf(context.catalog, words, examples, columnsOfViews(words, context))
  return listing(
    ['kind', 'name', 'about'],
    found.map(m => [m.kind, m.name, m.about]),
  )
}

/** What is known of a provider's views. Kept, since finding their columns takes a plan of each. */
class KnownViews {
  readonly columns = new Map<string, readonly MatchColumn[]>()
  readonly texts = new Map<string, string | undefined>()
}

const knownByCatalog = new WeakMap<Catalog, KnownViews>()

/** The columns of those of the providers' views that may have columns with the words, by the names of the views. A view that cannot be planned has none. */
function columnsOfViews(words: string, context: PlanContext): ReadonlyMap<string, readonly MatchColumn[]> {
  const { catalog } = context
  const known = knownByCatalog.get(catalog) ?? new KnownViews()
  knownByCatalog.set(catalog, known)
  const wanted = wantedOf(words)
  const found = new Map<string, readonly MatchColumn[]>()
  for (const view of catalog.providers().flatMap(({ views }) => views ?? [])) {
    if (!known.texts.has(view.name)) known.texts.set(view.name, textOf(view, context))
    const text = known.texts.get(view.name)
    if (text !== undefined && !wanted.every(group => group.some(stem => mayHave(text, stem)))) continue
    const columns = known.columns.get(view.name) ?? columnsOf(view.name, context)
    known.columns.set(view.name, columns)
    found.set(view.name, columns)
  }
  return found
}

function columnsOf(view: string, context: PlanContext): readonly MatchColumn[] {
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

type Described = Pick<View, 'name' | 'sql' | 'columns' | 'profiles'>

/** A text that has every word of the names and descriptions of a view's columns, and others; undefined if it is not known. */
function textOf(view: Described, context: PlanContext): string | undefined {
  if (view.profiles) return undefined
  const names = new Set(view.sql.match(/\w+(?:\.\w+)+/g) ?? [])
  const texts = [...names].flatMap(name => {
    const [provider = '', service = '', resource = ''] = name.split('.')
    const other = context.views.get(name.toLowerCase())
    if (other && other.name !== view.name) return [textOf(other, context)]
    const table = context.catalog.resource(provider, service, resource)
    return table ? [JSON.stringify(table.columns)] : []
  })
  if (texts.length === 0 || texts.includes(undefined)) return undefined
  return [view.sql, JSON.stringify(view.columns ?? {}), ...texts].join(' ').toLowerCase()
}

/** False only if no word of the text has a stem that fits another: words fit if they begin with the same four letters. */
function mayHave(text: string, stem: string): boolean {
  const start = stem.slice(0, 4)
  return text.includes(start) || (start.endsWith('y') && text.includes(`${start.slice(0, -1)}ies`))
}
