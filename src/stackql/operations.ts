import type { Operation } from '../catalog/types.ts'
import type { Answer } from './rows.ts'
import { enumOf, type Schemas } from './schemas.ts'

/**
 * Recognizes by its schema an answer that is an operation: it has `done`, a name, and `error` or `response`; or a link to
 * itself, a name, and a status with DONE among its values.
 * @param path of the method: an operation is read at the same version of the API
 */
export function startedOperation(
  { rows, whole }: Answer,
  path: string,
  schemas: Schemas,
): Operation | undefined {
  if (rows?.kind !== 'one' || rows.at !== '$') return undefined
  const { properties } = schemas.read(whole)
  const typeOf = (name: string): unknown => {
    const schema = properties.get(name)
    return schema === undefined ? undefined : (schemas.read(schema).type ?? 'any')
  }
  if (typeOf('name') !== 'string') return undefined
  const error = properties.has('error') ? { error: '$.error' } : {}
  if (typeOf('done') === 'boolean' && (properties.has('error') || properties.has('response'))) {
    const [version = ''] = /^\/v\d\w*(?=\/)/.exec(path) ?? []
    return { path: `${version}/{name}`, name: '$.name', done: { at: '$.done', values: ['true'] }, ...error }
  }
  const status = schemas.read(properties.get('status'))
  if (typeOf('selfLink') !== 'string' || !enumOf(status.source).includes('DONE')) return undefined
  return { url: '$.selfLink', done: { at: '$.status', values: ['DONE'] }, ...error }
}
