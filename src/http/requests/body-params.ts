import type { Method, Param } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { RawNumber } from './body.ts'
import { parsed } from '../json.ts'
import { visible } from '../text.ts'

/**
 * The members of a body that parameters and paging give: of a SELECT by POST. Undefined for any other method, and for a
 * query, whose template has its parameters.
 */
export function bodyMembers(
  { params, paging, queryBody }: Method,
  texts: ReadonlyMap<Param, readonly string[]>,
  page: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> | undefined {
  const own = queryBody === undefined ? params.filter(param => param.in === 'body') : []
  if (own.length === 0 && paging?.in !== 'body') return undefined
  const given = own.flatMap((param): [string, unknown][] => {
    const [text] = texts.get(param) ?? []
    return text === undefined ? [] : [[param.wire ?? param.name, memberOf(param, text)]]
  })
  // a token is a text, even one of digits; a size, a page and an offset are numbers
  const token = paging?.kind === 'token' ? paging.param : undefined
  const asked = Object.entries(paging?.in === 'body' ? page : {}).map(([name, text]): [string, unknown] => [
    name,
    name === token ? text : new RawNumber(text),
  ])
  return Object.fromEntries([...given, ...asked])
}

/** A value as a member of a body. */
function memberOf({ name, type, json }: Param, text: string): unknown {
  if (json !== undefined) {
    const data = parsed(text)
    const isArray = Array.isArray(data)
    if (typeof data !== 'object' || data === null || isArray !== (json === 'array'))
      throw wrong(name, `a JSON ${json}`, text)
    // its digits stay as they are
    return new RawNumber(text)
  }
  if (type === 'boolean') return text === 'true'
  if (type !== 'integer' && type !== 'number') return text
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) throw wrong(name, 'a number', text)
  return new RawNumber(text)
}

function wrong(name: string, needs: string, text: string): ConfluentqlError {
  return new ConfluentqlError('VALUE', `${name} needs ${needs}, not ${JSON.stringify(visible(text, 80))}`)
}
