import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Resource, Shape } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import type { ColumnReference } from '../../sql/expression.ts'
import { nameText } from '../../sql/operators.ts'
import { typographic } from '../../sql/lexer.ts'
import type { Range } from '../../sql/query.ts'
import { coresOf, type BoundCore, type Relation, type RelationColumn } from '../binding/bound.ts'
import { nodesOf } from '../binding/traverse.ts'
import { insteadOfColumn } from '../instead.ts'
import { didYouMean, fullName, spanOf } from '../names.ts'
import { wholeText } from '../predicates/null-comparisons.ts'
import { literal } from '../splice.ts'
import type { Refused } from './refused.ts'

const MOST_OFFERED = 3

/** A table whose columns may be meant at a place. */
interface VisibleTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly shapes: readonly RelationColumn[]
  readonly resource?: Resource
}

/** The error for a name that is no column, with the closest names that are. */
export function unknownColumn(r: Refused, name: string): ConfluentqlError {
  const reference = unresolvedReference(r, name)
  const span = reference && spanOf(reference.source, reference.name)
  const parts = reference?.parts ?? name.split('.')
  const [first = ''] = parts
  const aliases = aliasesIn(r)
  const isQualified = parts.length > 1 && aliases.some(a => a.toLowerCase() === first.toLowerCase())
  if (parts.length > 1 && !isQualified) return unknownQualifier(r, parts, reference?.name, span, aliases)
  const tables = visibleTables(r, isQualified ? first : undefined, reference?.name)
  const wanted = parts[isQualified ? 1 : 0]!
  const periods = periodsNamed(wanted, isQualified ? `${first}.` : '', tables)
  const mistaken = mistakenFor(r, wanted, span) ?? periods
  if (tables.length === 0)
    return new ConfluentqlError('UNKNOWN_NAME', `no column "${wanted}": there is no FROM`, {
      ...(span && { span }),
      ...(mistaken !== undefined && { hint: mistaken }),
    })
  const columns = [...new Set(tables.flatMap(t => t.columns))]
  const where = ` in ${[...new Set(tables.map(t => t.name))].join(', ')}`
  const shapes = tables.flatMap(t => t.shapes)
  const fields = fieldsNamed(wanted, isQualified ? `${first}.` : '', shapes)
  const instead = tables
    .map(t => t.resource && insteadOfColumn(wanted, t.resource, r.context.catalog))
    .find(hint => hint !== undefined)
  const near =
    fields
    || openFieldsNamed(wanted, isQualified ? `${first}.` : '', tables)
    || (instead === undefined && periods === undefined
      ? withoutId(wanted, columns)
        || didYouMean(wanted, columns)
        || ending(wanted, columns)
        || sharing(wanted, columns)
      : '')
  return new ConfluentqlError('UNKNOWN_NAME', `no column "${wanted}"${where}${near}`, {
    hint: instead ?? `${mistaken === undefined ? '' : `${mistaken}; `}columns: ${shorten(columns)}`,
    ...(span && { span }),
  })
}

/** `; did you mean "principal"?` of principal_id, which is closer to principal_kind. */
function withoutId(wanted: string, columns: readonly string[]): string {
  const found = columns.find(c => `${c}_id`.toLowerCase() === wanted.toLowerCase())
  return found === undefined ? '' : didYouMean(found, [found])
}

/** `; did you mean total_lag or max_lag?` of lag, if there are few such names. */
function ending(wanted: string, columns: readonly string[]): string {
  const found = columns.filter(c => c.toLowerCase().endsWith(`_${wanted.toLowerCase()}`))
  return found.length > 0 && found.length <= MOST_OFFERED ? `; did you mean ${found.join(' or ')}?` : ''
}

/** `; did you mean link?` of link_name, and of other names that have a word in common with a few. */
function sharing(wanted: string, columns: readonly string[]): string {
  const words = (name: string): string[] =>
    name
      .toLowerCase()
      .split('_')
      .filter(w => w.length > 2 && w !== 'name')
  const found = columns.filter(c => words(c).some(w => words(wanted).includes(w)))
  return found.length > 0 && found.length <= MOST_OFFERED ? `; did you mean ${found.join(' or ')}?` : ''
}

/** The error for a dotted name that begins with neither a table nor an object column. */
function unknownQualifier(
  r: Refused,
  parts: readonly string[],
  at: Range | undefined,
  span: Span | undefined,
  aliases: readonly string[],
): ConfluentqlError {
  const [first = ''] = parts
  const columns = visibleTables(r, undefined, at).flatMap(t => t.columns)
  const isColumn = columns.some(c => c.toLowerCase() === first.toLowerCase())
  const [message, hint] = isColumn
    ? [`column "${first}" is not an object: "${parts.join('.')}" has no meaning`, `write ${first}`]
    : [
        `no table or object column "${first}"${didYouMean(first, [...aliases, ...columns])}`,
        `names in scope: ${aliases.join(', ')}`,
      ]
  return new ConfluentqlError('UNKNOWN_NAME', message, { hint, ...(span && { span }) })
}

/** The error for a column name that several tables have. */
export function ambiguousColumn(r: Refused, name: string): ConfluentqlError {
  const column = name.split('.').at(-1)!
  const isNamed = (other: string): boolean => other.toLowerCase() === column.toLowerCase()
  let span: Span | undefined
  for (const e of nodesOf(r.root.query)) {
    if (!span && e.kind === 'column' && isNamed(e.parts[0]!)) span = spanOf(e.source, e.name)
  }
  const owners = relationsIn(r).filter(relation => relation.columns?.some(c => isNamed(c.name)))
  const written = [...new Set(owners.map(o => `${o.alias}.${column}`))]
  return new ConfluentqlError('UNKNOWN_NAME', `column "${name}" is ambiguous: more than one table has it`, {
    hint: `write ${written.join(' or ')}`,
    ...(span && { span }),
  })
}

/** The first reference of that name that no column was found for. */
function unresolvedReference(r: Refused, name: string): ColumnReference | undefined {
  const wanted = name.toLowerCase()
  for (const e of nodesOf(r.root.query)) {
    if (e.kind !== 'column' || r.binder.columnOf(e)) continue
    const { parts } = e
    if (parts.join('.').toLowerCase() === wanted || parts.slice(-2).join('.').toLowerCase() === wanted)
      return e
  }
  return undefined
}

function relationsIn(r: Refused): Relation[] {
  return coresOf(r.root).flatMap(core => core.relations)
}

/** The aliases of all tables of a statement. */
export function aliasesIn(r: Refused): string[] {
  return relationsIn(r)
    .map(relation => relation.alias)
    .filter(alias => alias !== '')
}

/** The tables of the queries around a place, or of all queries if the place is not known. */
function visibleTables(r: Refused, qualifier: string | undefined, at: Range | undefined): VisibleTable[] {
  const isAround = ({ parent: { query } }: BoundCore): boolean =>
    query.source === r.source && (!at || (query.range.from <= at.from && at.to <= query.range.to))
  return coresOf(r.root)
    .filter(isAround)
    .flatMap(core => core.relations)
    .filter(i => qualifier === undefined || i.alias.toLowerCase() === qualifier.toLowerCase())
    .map(i => ({
      name:
        i.kind === 'ref'
          ? fullName(i.ref.resource)
          : ((i.kind === 'derived' ? i.view : undefined) ?? (i.alias || 'the subquery')),
      columns: (i.columns?.map(c => c.name) ?? []).filter(n => n !== ''),
      shapes: i.columns ?? [],
      ...(i.kind === 'ref' && { resource: i.ref.resource }),
    }))
}

/** `; did you mean …?` with the fields of that name in object columns, or nothing. */
function fieldsNamed(name: string, qualifier: string, columns: readonly RelationColumn[]): string {
  const below = ({ fields = {} }: Shape, path: string): string[] =>
    Object.entries(fields).flatMap(([field, shape]) => [
      ...(field.toLowerCase() === name.toLowerCase() ? [`${path}.${field}`] : []),
      ...below(shape, `${path}.${field}`),
    ])
  const paths = [...new Set(columns.flatMap(c => below(c.shape, `${qualifier}${c.name}`)))]
  return paths.length === 0 ? '' : `; did you mean ${paths.slice(0, 3).join(' or ')}?`
}

/** `; did you mean …?` with fields of objects that do not list theirs: parameters, and those that a description names. */
function openFieldsNamed(name: string, qualifier: string, tables: readonly VisibleTable[]): string {
  const wanted = name.toLowerCase()
  const found = tables.flatMap(({ resource }) => {
    const open = (resource?.columns ?? []).filter(c => shapeAt(resource!.columns, `${c.name}.x`) === 'open')
    const described = open.flatMap(c => c.about?.match(new RegExp(`\\b${c.name}(?:\\.\\w+)+`, 'g')) ?? [])
    const params = (resource?.methods ?? []).flatMap(m => m.params.map(p => p.name))
    const paths = [...described, ...params.filter(p => open.some(c => p.startsWith(`${c.name}.`)))]
    const named = paths.filter(p => p.split('.').slice(1).join('_') === wanted || p.endsWith(`.${wanted}`))
    return named.length > 0 || !wanted.endsWith('_id') ? named : described.filter(p => p.endsWith('.id'))
  })
  const names = [...new Set(found)].map(path => qualifier + path)
  return names.length === 0 ? '' : `; did you mean ${names.slice(0, MOST_OFFERED).join(' or ')}?`
}

/** How to write periods of time, such as months, which no column of a time has. */
const PERIODS: Readonly<Record<string, string>> = {
  year: "strftime('%Y', $)",
  month: "strftime('%Y-%m', $)",
  week: "date($, '-6 days', 'weekday 1')",
  day: 'date($)',
  date: 'date($)',
}

/** `write strftime('%Y-%m', day)` for a month, which is of each column that has dates or times. */
function periodsNamed(name: string, qualifier: string, tables: readonly VisibleTable[]): string | undefined {
  const period = name.toLowerCase()
  if (!Object.hasOwn(PERIODS, period)) return undefined
  const found = tables
    .flatMap(t => t.shapes)
    .filter(c => !c.isHidden && (c.shape.isDate === true || c.shape.type === 'timestamp'))
    .map(c => PERIODS[period]!.replace('$', `${qualifier}${nameText(c.name)}`))
  const [first, ...more] = [...new Set(found)].slice(0, MOST_OFFERED)
  return first && `write ${[first, ...more].join(' or ')}`
}

/** A hint for what was not meant as a column: a result column that Postgres names by its function, typographic or double quotes around a text, a type before a text, a function without brackets. */
function mistakenFor(r: Refused, name: string, span: Span | undefined): string | undefined {
  const odd = typographic(name)
  if (odd !== undefined) return odd
  const called = nodesOf(r.root.query).find(e => e.kind === 'call' && e.name === name.toLowerCase())
  if (called) return `name the result column: ${wholeText(called)} AS ${name}`
  if (!span) return undefined
  const { text, tokens } = r.source
  if (text[span.start] === '"') return `a text is written in single quotes: ${literal(name)}`
  const at = tokens.findIndex(t => t.start === span.start)
  const next = tokens[at + 1]
  if (next?.kind === 'string' && TYPES.has(name.toUpperCase())) return `leave ${name} out: write ${next.text}`
  if (name.toUpperCase() === 'ARRAY' && next?.text.startsWith('['))
    return `write json_array(${next.text.slice(1, -1)})`
  if (text[span.start] === '[') return `write json_array(${name})`
  return /^(?:sysdate|systimestamp)$/i.test(name) ? "write strftime('%Y-%m-%dT%H:%M:%SZ', 'now')" : undefined
}

/** Words that other databases write before a text. */
const TYPES = new Set('DATE TIME TIMESTAMP TIMESTAMPTZ DATETIME N B R JSON UUID'.split(' '))

function shorten(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, …` : names.join(', ')
}
