import type { Param } from '../../catalog/types.ts'

/** Texts that a header can hold, and that a server reads back unchanged. */
const HEADER = /^(?:[\u0021-\u007e](?:[\t\u0020-\u007e]*[\u0021-\u007e])?)?$/

/** What stands between the values of a parameter in one request; undefined if each is sent alone. A header is a list by RFC 9110 §5.3. */
export function separatorOf({ in: place, repeat, join }: Param): string | undefined {
  return repeat === true ? (join ?? (place === 'header' ? ',' : undefined)) : undefined
}

/** Why a text cannot be sent as a value of a parameter, for a message; undefined if it can. */
export function unsendable(param: Param, text: string): string | undefined {
  if (param.in === 'header' && !HEADER.test(text))
    return 'is sent in a header, which takes printable ASCII only, without blanks at its ends'
  const separator = separatorOf(param)
  return separator !== undefined && text.includes(separator)
    ? `sends its values with ${JSON.stringify(separator)} between them, so none may have it`
    : undefined
}
