import type { ScalarType, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'

const BOOLEANS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [1, 'true'],
  [1n, 'true'],
  ['true', 'true'],
  [true, 'true'],
  [0, 'false'],
  [0n, 'false'],
  ['false', 'false'],
  [false, 'false'],
])

/** A value as text for a URL, header or form. `what` names it in the error for a value outside its type. */
export function scalarText(value: Exclude<Value, null> | boolean, type: ScalarType, what: string): string {
  if (value instanceof Uint8Array) throw new ConfluentqlError('VALUE', `${what} cannot be a blob`)
  if (type === 'boolean') {
    const text = BOOLEANS.get(value)
    if (text === undefined) throw new ConfluentqlError('VALUE', `${what} must be true or false`)
    return text
  }
  return typeof value === 'number' ? numberText(value, what) : String(value)
}

/** A number in full: no exponent for an integer. Throws VALUE for one that is not finite. */
export function numberText(value: number, what: string): string {
  if (!Number.isFinite(value)) throw new ConfluentqlError('VALUE', `${what} is not a finite number`)
  return Number.isInteger(value) ? BigInt(value).toString() : String(value)
}
