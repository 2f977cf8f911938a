import type { Column, Method, Resource } from '../../catalog/types.ts'
import { at } from './json.ts'
import type { Row } from './state.ts'
import { fill, withNames, type Scope } from './template.ts'
import type { Json, JsonObject, MethodBehaviour } from '../types.ts'

interface Answered {
  readonly resource: Resource
  readonly method: Method
  readonly own: MethodBehaviour
}

/** A row in the form of an answer. */
export interface Serialized {
  readonly seq: number
  readonly value: Json
}

/** Whether each row is in the answer once, without its hidden members. */
export function isUnchanged({ resource, method, own }: Answered): boolean {
  const whole = wholeRow(method.columns ?? resource.columns)
  return own.each === undefined && own.as === undefined && whole === undefined
}

/** Rows in the form of a method's answer: expanded by `each`, in the form `as`, without hidden members. */
export function serialize(
  { resource, method, own }: Answered,
  rows: readonly Row[],
  scope: Scope,
): readonly Serialized[] {
  const whole = wholeRow(method.columns ?? resource.columns)
  const seen = new Set<string>()
  const rowsOut: Serialized[] = []
  for (const { seq, doc } of rows) {
    for (const item of own.each === undefined ? [null] : listAt(doc, own.each)) {
      const value = own.as === undefined ? plain(doc, whole) : fill(own.as, withNames(scope, { doc, item }))
      const text = own.as === undefined ? '' : JSON.stringify(value)
      if (value === undefined || (own.as !== undefined && seen.has(text))) continue
      seen.add(text)
      rowsOut.push({ seq, value })
    }
  }
  return rowsOut
}

function listAt(doc: JsonObject, path: string): readonly Json[] {
  const list = at(doc, path)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}

/** The column for the whole row, if rows are scalars. */
function wholeRow(columns: readonly Column[]): string | undefined {
  return columns.find(column => column.at === '$')?.name
}

function plain(doc: JsonObject, whole: string | undefined): Json | undefined {
  if (whole !== undefined) return doc[whole]
  return Object.keys(doc).some(name => name.startsWith('_'))
    ? Object.fromEntries(Object.entries(doc).filter(([name]) => !name.startsWith('_')))
    : doc
}

/** Names of the members of an answer's rows, for columns. */
export function membersOf(columns: readonly Column[]): ReadonlySet<string> {
  const answered = columns.filter(({ isInput }) => isInput !== true)
  return new Set(
    answered.map(({ name, at: path }) =>
      path?.startsWith('$.') === true ? (dotted(path).split('.')[0] ?? name) : name,
    ),
  )
}

/** The dotted path of a SQLite JSON path that steps through objects. */
export function dotted(path: string): string {
  return path.replace(/^\$\.?/, '')
}
