import { ConfluentqlError } from '../../errors.ts'

/** Whether two JSON texts have the same value: keys of objects in any order, numbers by their value. @throws ConfluentqlError VALUE */
export function areEqualJson(left: string, right: string): boolean {
  try {
    return areEqual(exactly(left), exactly(right))
  } catch (error) {
    if (error instanceof RangeError)
      throw new ConfluentqlError('VALUE', 'json_equal(): the JSON is nested too deeply')
    throw error
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** The data of a JSON text in which texts begin with s, and numbers are texts that begin with n: JSON.parse would round large ones. */
function exactly(json: string): unknown {
  try {
    JSON.parse(json)
  } catch (cause) {
    throw new ConfluentqlError('VALUE', 'json_equal(): an argument is not JSON', {
      hint: 'a text needs double quotes to be JSON: \'"text"\', or json_quote(text)',
      cause,
    })
  }
  return JSON.parse(json.replace(TOKEN, t => (t.startsWith('"') ? `"s${t.slice(1)}` : `"n${decimal(t)}"`)))
}

/** A number in a form that all spellings of its value share: sign, digits and exponent. */
function decimal(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number)!
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`
}

function areEqual(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return left === right
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length
    && keys.every(
      key =>
        Object.hasOwn(right, key)
        && areEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
    )
  )
}
