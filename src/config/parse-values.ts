import type { HostKinds } from './endpoints.ts'
import type { ConfluentqlError } from '../errors.ts'
import { maskText } from '../secrets.ts'

/** Keys and indexes from the top of the file down to a value. */
export type Path = readonly (string | number)[]

/** The text of the file, for messages. */
export interface ParseContext {
  readonly kinds: HostKinds
  /** What the user should know of the profile, and is no error. */
  readonly notes: string[]
  /** `config.yaml:12` */
  readonly place: (path: Path) => string
  /** The error for a path, whose last key may be shown as `last`. Values are not shown, since they may be secrets. */
  readonly wrong: (path: Path, message: string, hint?: string, last?: string) => ConfluentqlError
}

/** The members of an object, whose names must all be in `known`. */
export function fields(
  value: unknown,
  path: Path,
  known: readonly string[] | undefined,
  { wrong }: ParseContext,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(path, `must be an object${known ? ` with ${known.join(', ')}` : ''}`)
  const unknown = known && Object.keys(value).find(key => !known.includes(key))
  if (unknown !== undefined) throw unknownKey(unknown, path, known!, wrong)
  return value as Readonly<Record<string, unknown>>
}

/**
 * A key for messages: only its beginning if it is not a plain name, since with a missing blank the value becomes a part of
 * the key (`secret:…`).
 */
export function shownKey(key: string | number): string {
  const text = String(key)
  const [name = ''] = /^[\p{L}\p{N}_.-]*/u.exec(text) ?? []
  if (maskText(text) !== text) return '…'
  return name === text ? name : `${name}…`
}

function unknownKey(
  key: string,
  path: Path,
  known: readonly string[],
  wrong: ParseContext['wrong'],
): ConfluentqlError {
  const prefix = known.find(name => key.startsWith(name))
  return wrong(
    [...path, key],
    `is not known here; known are ${known.join(', ')}`,
    prefix === undefined ? undefined : `Write ${prefix}: and a blank before the value`,
    prefix === undefined ? shownKey(key) : `${prefix}…`,
  )
}

/** A text that is not empty. */
export function textAt(value: unknown, path: Path, { wrong }: ParseContext): string {
  if (typeof value === 'string' && value.includes('\0')) throw wrong(path, 'holds a NUL character')
  if (typeof value === 'string' && value !== '') return value
  throw wrong(
    path,
    value === undefined || value === null || value === '' ? 'is missing' : 'must be a text; put it in quotes',
  )
}
