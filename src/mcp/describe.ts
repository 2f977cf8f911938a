import { typeName } from '../catalog/type-name.ts'
import type { Column, Method, Resource, Shape } from '../catalog/types.ts'
import { sourceOfKey } from '../plan/key-sources.ts'
import { fullName, optionalOf, requiredOf } from '../plan/names.ts'
import { examplesOf } from '../plan/statements/examples.ts'

/** Columns that an example reads. */
const SHOWN_COLUMNS = 4
/** Known values that a line lists. */
const MOST_VALUES = 40
/** Columns with the same meaning in every table. */
const COMMON: ReadonlySet<string> = new Set(['api_version', 'kind', 'metadata'])

/** A resource for someone who writes SQL: columns by the path that SQL uses, required keys, what the API filters by, and examples. */
export function describeResource(resource: Resource, views: readonly string[]): string[] {
  const selects = resource.methods.filter(m => m.verb === 'select')
  const others = examplesOf(resource).filter(({ method }) => method.verb !== 'select')
  const reads = others.filter(({ method }) => isRead(method))
  const changes = others.filter(({ method }) => !isRead(method))
  const pushed = [...new Set(selects.flatMap(m => m.params.flatMap(p => p.column ?? [])))]
  return [
    `${fullName(resource)}: ${resource.summary}.`,
    `SELECT needs: ${neededKeys(resource)}`,
    ...(pushed.length > 0 ? [`Conditions that the API evaluates (fast): ${pushed.join(', ')}`] : []),
    'Columns:',
    ...resource.columns.filter(c => !c.isHidden).flatMap(c => columnLines(c.name, c, isInput(c))),
    `Example: ${selectExample(resource)}`,
    ...(views.length > 0 ? [`Views over it, for all clusters and with names: ${views.join(', ')}`] : []),
    ...(reads.length === 0
      ? []
      : [
          'Other reads (replace each :name by a literal):',
          ...reads.map(({ sql }) => `  SELECT * FROM (${oneLine(sql).replace(/;$/, '')})`),
        ]),
    ...(changes.length === 0
      ? ['It cannot be changed.']
      : [
          'Changes (plan_change; replace each :name by a literal):',
          ...changes.map(({ method, sql }) => `  ${oneLine(sql)}${optionsOf(method)}`),
        ]),
  ]
}

/** Whether an EXEC can stand in FROM: it has rows, and changes nothing. */
export function isRead({ http, rows }: Method): boolean {
  return http === 'GET' && rows !== undefined
}

const oneLine = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim()

/** The keys that a SELECT must give, or where they come from. */
export function neededKeys(resource: Resource): string {
  const selects = resource.methods.filter(m => m.verb === 'select')
  if (selects.length === 0) return 'it cannot be read'
  const needs = selects.map(m =>
    m.params
      .filter(p => p.required && p.in !== 'host' && p.in !== 'server' && p.default === undefined)
      .map(p => ({ name: p.range ? (m.range?.column ?? p.name) : (p.column ?? p.name), range: p.range })),
  )
  const best = needs
    .map(keys => ({ keys, missing: keys.filter(k => sourceOfKey(resource, k.name) === undefined) }))
    .toSorted((a, b) => a.missing.length - b.missing.length || a.keys.length - b.keys.length)[0]!
  const given = [
    ...new Set(
      best.missing.map(k =>
        k.range === undefined ? `${k.name} = …` : `${k.name} ${k.range === 'from' ? '>=' : '<'} …`,
      ),
    ),
  ]
  const others = [...new Set(best.keys.flatMap(k => sourceOfKey(resource, k.name) ?? []))]
  if (given.length > 0) return `WHERE ${given.join(' AND ')}`
  return others.length > 0
    ? `no key; without a condition all are read (one call for each row of ${others.join(' and ')})`
    : 'no key'
}

/** A SELECT that can be sent as it is, or with values for its keys. */
export function selectExample(resource: Resource): string {
  const columns = resource.columns.filter(c => !c.isHidden && !COMMON.has(c.name) && !c.secret)
  const paths = columns.flatMap(pathOf)
  const shown = [...paths.filter(isTelling), ...paths.filter(path => !isTelling(path))].slice(
    0,
    SHOWN_COLUMNS,
  )
  const needs = neededKeys(resource)
  const where = needs.startsWith('WHERE ') ? ` ${needs.replaceAll('…', "'…'")}` : ''
  return `SELECT ${shown.length === 0 ? '*' : shown.join(', ')} FROM ${fullName(resource)}${where} LIMIT 20`
}

/** Whether a path looks like what people know a row by, or its state. */
function isTelling(path: string): boolean {
  return /(?:^|[._])(?:id|name|title|email|status|state|phase|type)$/i.test(path)
}

/** The path of a column, or of the first scalar field of an object. */
function pathOf({ name, type, fields }: Column): string[] {
  if (type === 'array') return []
  if (type !== 'object') return [name]
  const field = Object.entries(fields ?? {}).find(
    ([, shape]) => !shape.fields && !shape.items && !shape.secret,
  )
  return field ? [`${name}.${field[0]}`] : []
}

function isInput({ isInput: input }: Column): string {
  return input ? ', given by the condition' : ''
}

/** The lines of a column and its fields. Fields that need no word stand in one line. */
function columnLines(path: string, shape: Shape, mark = ''): string[] {
  const inner = shape.type === 'array' && shape.items ? shape.items : shape
  const fields = Object.entries(inner.fields ?? {})
  const isArray = shape.type === 'array'
  const plain = fields.filter(([, f]) => !f.about && !f.values && !f.fields && !f.items && !f.secret)
  const others = fields.filter(entry => !plain.includes(entry))
  const values = shape.values ?? inner.values
  const about = [
    shape.about,
    ...(values ? [`known values: ${values.slice(0, MOST_VALUES).join(', ')}`] : []),
    ...(isArray ? [`json_each(${path}) unnests it`] : []),
    ...(plain.length > 0
      ? [`fields: ${plain.map(([name]) => (isArray ? name : `${path}.${name}`)).join(', ')}`]
      : []),
  ].filter(text => text !== undefined)
  const secret = shape.secret ? ', secret: masked, cannot be compared' : ''
  const line = `  ${path} ${typeName(shape)}${mark}${secret}${about.length > 0 ? `: ${about.join('; ')}` : ''}`
  if (COMMON.has(path)) return [line]
  return [line, ...(isArray ? [] : others.flatMap(([name, field]) => columnLines(`${path}.${name}`, field)))]
}

function optionsOf(method: Method): string {
  const used = new Set(requiredOf(method))
  const others = optionalOf(method).filter(name => !used.has(name))
  return others.length === 0 ? '' : ` -- may set: ${others.join(', ')}`
}
