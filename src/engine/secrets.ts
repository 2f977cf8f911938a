import type { Body, Column, Method, Resource, Shape } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { RawNumber } from '../http/requests/body.ts'
import { literal, quote } from '../plan/splice.ts'
import { hideSecrets, isSecretName, MASK, maskText, secretsIn } from '../secrets.ts'

/** The SQL function that tells the names of secrets. No user's function has such a name. */
export const SECRET_NAME_FUNCTION = 'secret_name~'
const IS_SECRET_NAME = quote(SECRET_NAME_FUNCTION)

/** Secrets to show unmasked: all, or those at these dotted paths. */
export type Shown = 'all' | readonly string[]

/** Dotted paths of the secrets in columns; `[]` stands for the elements of an array. */
export function secretPaths(columns: readonly Column[]): string[] {
  return columns.flatMap(c => pathsBelow(c, c.name))
}

function pathsBelow(shape: Shape, path: string): string[] {
  if (shape.secret) return [path]
  const inside = Object.entries(shape.fields ?? {}).flatMap(([name, field]) =>
    pathsBelow(field, `${path}.${name}`),
  )
  return shape.items ? [...inside, ...pathsBelow(shape.items, `${path}[]`)] : inside
}

/**
 * SQL that masks the secrets in a column's value `sql` inside SQLite, so that no later stage can show them. NULL and the
 * empty text are not masked: the absence of a secret is not secret.
 */
export function maskedColumn(sql: string, column: Column, shown: Shown): string {
  return masked(sql, column, column.name, shown) ?? sql
}

/** SQL that masks the secrets of columns in a whole answer. */
export function maskedAnswer(sql: string, columns: readonly Column[]): string {
  return columns.length === 0
    ? sql
    : maskedColumn(
        sql,
        { name: '$', type: 'object', fields: Object.fromEntries(columns.map(c => [c.name, c])) },
        [],
      )
}

function masked(sql: string, shape: Shape, path: string, shown: Shown): string | undefined {
  if (shown === 'all' || shown.includes(path)) return undefined
  if (shape.secret) return maskedWhole(sql, shape)
  if (shape.secretMembers) return maskedMembers(sql)
  const changes = Object.entries(shape.fields ?? {}).flatMap(([name, field]) => {
    const at = literal(`$.${JSON.stringify(name)}`)
    const inner = masked(`(${sql} ->> ${at})`, field, `${path}.${name}`, shown)
    return inner === undefined ? [] : [at, isNested(field) ? `json(${inner})` : inner]
  })
  if (changes.length > 0)
    return guarded(
      sql,
      `iif(json_type(${sql}) = 'object', json_replace(${withOneOfEach(sql)}, ${changes.join(', ')}), '"${MASK}"')`,
    )
  const each = `e${path.length}`
  const item = shape.items && masked(`${each}.value`, shape.items, `${path}[]`, shown)
  if (item === undefined) return undefined
  return guarded(
    sql,
    `(SELECT json_group_array(${isNested(shape.items!) ? `json(${item})` : item}) FROM json_each(${sql}) AS ${each})`,
  )
}

const isNested = (shape: Shape): boolean => shape.type === 'object' || shape.type === 'array'

/** Masks a secret as a whole; an object keeps its names, an array its length. */
function maskedWhole(sql: string, shape: Shape): string {
  const scalar = (value: string): string =>
    `iif(${value} = '', ${value}, iif(${value} IS NULL, NULL, '${MASK}'))`
  if (!isNested(shape)) return scalar(sql)
  const group =
    shape.type === 'object'
      ? `json_group_object(e.key, ${scalar('e.value')})`
      : `json_group_array(${scalar('e.value')})`
  return guarded(sql, `(SELECT ${group} FROM json_each(${sql}) AS e)`)
}

/** Masks the members of an object that have the names of secrets; as a whole, anything else with such members. */
function maskedMembers(sql: string): string {
  const isSecret = `${IS_SECRET_NAME}(e.key) AND e.value <> ''`
  const secrets = `(SELECT json_group_object(e.key, '${MASK}') FROM json_each(${sql}) AS e WHERE ${isSecret})`
  const hasSecret = `EXISTS (SELECT 1 FROM json_tree(${sql}) AS e WHERE typeof(e.key) = 'text' AND ${isSecret})`
  const other = `iif(${hasSecret}, '"${MASK}"', ${sql})`
  return guarded(
    sql,
    `iif(json_type(${sql}) = 'object', json_patch(${withOneOfEach(sql)}, ${secrets}), ${other})`,
  )
}

/** An object with the first of the members of each name: a function that replaces a member leaves the others. */
function withOneOfEach(sql: string): string {
  const members = `json_each(${sql})`
  const first = `(SELECT json_group_object(key, json(${sql} -> fullkey)) FROM (SELECT key, min(fullkey) AS fullkey FROM ${members} GROUP BY key ORDER BY min(id)))`
  return `iif((SELECT count(*) = count(DISTINCT key) FROM ${members}), ${sql}, ${first})`
}

/** Masks a value that is not valid JSON as a whole; otherwise applies `then`. */
function guarded(sql: string, then: string): string {
  return `CASE WHEN ${sql} IS NULL THEN NULL WHEN json_valid(${sql}, 6) THEN ${then} ELSE '"${MASK}"' END`
}

/** A body with its secrets masked, and the secrets. */
export function withoutSecrets(
  body: unknown,
  method: Method,
  resource: Resource,
): { readonly shown: unknown; readonly secrets: readonly string[] } {
  const secrets: string[] = []
  const shape = shapeOfBody(method.body, resource)
  const shown = Array.isArray(body)
    ? body.map(b => maskData(b, shape, secrets))
    : maskData(body, shape, secrets)
  return { shown, secrets }
}

/** The fields of a body as one shape; without fields, an object with unknown members. */
function shapeOfBody(body: Body | undefined, resource: Resource): Shape {
  const root: { type: 'object'; fields: Record<string, Shape> } = { type: 'object', fields: {} }
  const column = resource.columns.find(c => c.at === '$' && c.type === 'object')
  if (!body || body.fields.length === 0) return column ?? root
  for (const field of body.fields) {
    const path = field.path.split('.')
    let at = root.fields
    for (const name of path.slice(0, -1)) {
      const known = at[name]
      const fields = { ...known?.fields }
      at[name] = { ...known, type: 'object', fields }
      at = fields
    }
    at[path.at(-1)!] = field
  }
  return root
}

function maskData(value: unknown, shape: Shape | undefined, secrets: string[]): unknown {
  if (shape?.secret) return maskAll(value, secrets)
  if (Array.isArray(value)) return value.map(v => maskData(v, shape?.items, secrets))
  if (typeof value === 'string') return maskInside(value, secrets)
  if (typeof value !== 'object' || value === null || value instanceof RawNumber) return value
  const fields = shape?.fields ?? {}
  const isSetting = isSecretSetting(value)
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => {
      const known = Object.hasOwn(fields, name) ? fields[name] : undefined
      const isSecret = (known === undefined && isSecretName(name)) || (isSetting && name === 'value')
      return [name, isSecret ? maskAll(v, secrets) : maskData(v, known, secrets)]
    }),
  )
}

/** Whether an object is a secret setting: `{"name": "sasl.password", "value": "x"}`. */
function isSecretSetting(value: object): boolean {
  return Object.entries(value).some(
    ([key, name]) => (key === 'name' || key === 'key') && typeof name === 'string' && isSecretName(name),
  )
}

/** Masks secrets inside a text: a URL, a list of settings, JSON. */
function maskInside(text: string, secrets: string[]): string {
  const found = secretsIn(text)
  secrets.push(...found)
  return found.length > 0 ? maskText(text) : text
}

function maskAll(value: unknown, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map(v => maskAll(v, secrets))
  if (typeof value === 'object' && value !== null && !(value instanceof RawNumber))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, maskAll(v, secrets)]))
  if (value === null || value === undefined || value === '') return value
  if (typeof value === 'string') secrets.push(value)
  return MASK
}

/** Whether an error may show a value of this shape: not if it is or may contain a secret. */
export function mayShowValue(shape: Shape): boolean {
  if (shape.secret || (shape.type === 'object' && Object.keys(shape.fields ?? {}).length === 0)) return false
  return pathsBelow(shape, '').length === 0
}

/** Shorter texts are not masked: they occur in ordinary words. */
const SHORTEST = 4

/** A server's text with the secrets of a body masked in it. */
export function hidden(text: string, secrets: readonly string[]): string {
  return hideSecrets(
    text,
    secrets.filter(s => s.length >= SHORTEST),
  )
}

/** An error with the secrets of a body masked in its texts, and without its cause, which may hold them. */
export function hiddenError(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof ConfluentqlError)) return error
  const [message, hint] = [
    hidden(error.message, secrets),
    error.hint === undefined ? undefined : hidden(error.hint, secrets),
  ]
  if (message === error.message && hint === error.hint) return error
  const { span, status, uncertain } = error
  return new ConfluentqlError(error.code, message, {
    uncertain,
    ...(hint !== undefined && { hint }),
    ...(span && { span }),
    ...(status !== undefined && { status }),
  })
}
