/** Reading of values of a parsed document, whose form is not known. */

export type Members = Readonly<Record<string, unknown>>

/** The value, if it is an object. */
export function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined
}

/** The own member of an object; undefined for any other value. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  let found = value
  for (const name of names) {
    const members = membersOf(found)
    found = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined
  }
  return found
}

/** The members of an object, in order. */
export function entriesOf(value: unknown): [name: string, value: unknown][] {
  const members = membersOf(value)
  return members === undefined ? [] : Object.entries(members)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The name of an environment variable, under the first of some names. */
export function variableAt(value: unknown, ...names: readonly string[]): string | undefined {
  const found = names.map(name => textOf(member(value, name))).find(name => name !== undefined)
  return found !== undefined && /^[A-Za-z_]\w*$/.test(found) ? found : undefined
}

/** The texts of a list of scalars. */
export function textsOf(value: unknown): string[] {
  return listOf(value).flatMap(item =>
    typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [],
  )
}

const LONGEST_TEXT = 160

/** A description for people: one line without control characters, at most 160 characters. */
export function shortText(value: unknown): string | undefined {
  const text = textOf(value)
    ?.slice(0, 2000)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
  if (text === undefined || text === '') return undefined
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1).trimEnd()}…`
}

/** `privateIPAddress` and `PrivateIpAddress` as `private_ip_address`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/** A step of a SQLite JSON path; undefined for a name that such a path cannot have. */
export function pathStep(name: string): string | undefined {
  if (/^[A-Za-z_]\w*$/.test(name)) return `.${name}`
  return /["\\\p{C}]/u.test(name) || name === '' ? undefined : `."${name}"`
}

/** The SQLite JSON path of names; undefined if one of them cannot stand in such a path. */
export function jsonPath(names: readonly string[]): string | undefined {
  const steps = names.map(pathStep)
  return steps.includes(undefined) ? undefined : `$${steps.join('')}`
}
