/*
 * Formats of times in other functions and databases, and the SQL that writes the same. A part of a format is a code of SQLite's
 * strftime(), or an expression in which {%m} is strftime('%m', …).
 */

import { literal } from './splice.ts'

/** Codes that strftime() has in SQLite; with any other letter it is NULL. */
const SUPPORTED = /^[defFGgHIjJklmMpPRsSTuUVwWY%]$/

const MONTHS =
  "'January  February March    April    May      June     July     August   SeptemberOctober  November December '"
const DAYS = "'Sunday   Monday   Tuesday  WednesdayThursday Friday   Saturday '"

const MON = "substr('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * {%m} - 2, 3)"
const PADDED_MONTH = `substr(${MONTHS}, 9 * {%m} - 8, 9)`
const MONTH = `trim(${PADDED_MONTH})`
const DY = "substr('SunMonTueWedThuFriSat', 3 * {%w} + 1, 3)"
const PADDED_DAY = `substr(${DAYS}, 9 * {%w} + 1, 9)`
const DAY = `trim(${PADDED_DAY})`
const YY = 'substr({%Y}, 3)'
const QUARTER = '((CAST({%m} AS INTEGER) + 2) / 3)'
const plain = (code: string): string => `CAST({${code}} AS INTEGER)`

/** Letters after % in other databases and in C. */
const PERCENT_CODES: Readonly<Record<string, string>> = {
  b: MON,
  h: MON,
  B: MONTH,
  a: DY,
  A: DAY,
  y: YY,
  q: QUARTER,
  X: '%T',
  n: '\n',
  t: '\t',
  Z: 'UTC',
  z: '+0000',
  '-d': plain('%d'),
  '-m': plain('%m'),
  '-H': plain('%H'),
  '-I': plain('%I'),
  '-M': plain('%M'),
  '-S': plain('%S'),
  '-j': plain('%j'),
}
/** Letters after % in date_format(), which MySQL and Trino have. */
const DATE_FORMAT_CODES: Readonly<Record<string, string>> = {
  a: DY,
  b: MON,
  c: plain('%m'),
  d: '%d',
  e: plain('%d'),
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: plain('%H'),
  l: plain('%I'),
  M: MONTH,
  m: '%m',
  p: '%p',
  S: '%S',
  s: '%S',
  T: '%T',
  v: '%V',
  W: DAY,
  w: '%w',
  x: '%G',
  Y: '%Y',
  y: YY,
  '%': '%%',
}

/** Codes of to_char() in capitals or in small letters; a mixture is other codes and letters. */
const TO_CHAR_CODES: Readonly<Record<string, string>> = {
  YYYY: '%Y',
  IYYY: '%G',
  YY,
  HH24: '%H',
  HH12: '%I',
  HH: '%I',
  MI: '%M',
  SS: '%S',
  MM: '%m',
  DDD: '%j',
  DD: '%d',
  ID: '%u',
  D: '({%w} + 1)',
  IW: '%V',
  Q: QUARTER,
}
/** Codes of to_char() whose case is that of their result. */
const NAMES: readonly (readonly [code: string, padded: string, whole: string])[] = [
  ['Month', PADDED_MONTH, MONTH],
  ['Mon', MON, MON],
  ['Day', PADDED_DAY, DAY],
  ['Dy', DY, DY],
]
/** Codes of to_char() that nothing here writes, which begin with one that is. */
const OTHER_CODES = /^(?:SSSS|Y,YYY|YYY(?!Y)|IYY(?!Y)|IDDD|WW|HH24TH|TZ|MS|US)/i

/** The parts of a format, with texts between codes; undefined if a code is not known. */
type Reading = readonly string[] | undefined

/** Codes in a format with %, by their letters. */
function percentParts(format: string, codes: Readonly<Record<string, string>>): Reading {
  const parts: string[] = []
  for (const [whole, code] of format.matchAll(/%(-?.?)|[^%]+/gs)) {
    const part = code === undefined ? whole : Object.hasOwn(codes, code) ? codes[code] : undefined
    if (part === undefined) return undefined
    parts.push(part)
  }
  return parts
}

function toCharParts(format: string): Reading {
  const parts: string[] = []
  const codes = Object.keys(TO_CHAR_CODES).toSorted((a, b) => b.length - a.length)
  for (let rest = format; rest !== '';) {
    const [quoted, text] = /^"([^"]*)"/.exec(rest) ?? []
    const fill = /^FM/i.test(rest) ? 2 : 0
    const at = rest.slice(fill)
    if (quoted === undefined && OTHER_CODES.test(at)) return undefined
    const name = NAMES.find(([n]) => at.slice(0, n.length).toLowerCase() === n.toLowerCase())
    const code = codes.find(c => at.startsWith(c) || at.startsWith(c.toLowerCase()))
    if (quoted !== undefined) {
      parts.push(text!.replaceAll('%', '%%'))
      rest = rest.slice(quoted.length)
    } else if (name) {
      const written = at.slice(0, name[0].length)
      const value = fill > 0 ? name[2] : name[1]
      if (![name[0], name[0].toUpperCase(), name[0].toLowerCase()].includes(written)) return undefined
      const isUpper = written === name[0].toUpperCase()
      parts.push(written === name[0] ? value : `${isUpper ? 'upper' : 'lower'}(${value})`)
      rest = at.slice(written.length)
    } else if (code !== undefined) {
      const value = TO_CHAR_CODES[code]!
      parts.push(fill > 0 && value.startsWith('%') ? plain(value) : value)
      rest = at.slice(code.length)
      if (/^TH/i.test(rest)) return undefined
    } else if (/^[A-Za-z%\\"]/.test(at) && !/^[TZ](?![A-Z])/.test(at)) {
      return undefined
    } else {
      parts.push(rest[0]!)
      rest = rest.slice(1)
    }
  }
  return parts
}

/** SQL that writes the parts of a format. @param args the texts of the other arguments of strftime() */
function sqlOf(parts: Reading, args: readonly string[]): string | undefined {
  if (!parts) return undefined
  const call = (format: string): string => `strftime(${[literal(format), ...args].join(', ')})`
  const operands: string[] = []
  let format = ''
  for (const part of [...parts, '{}']) {
    if (!part.includes('{')) {
      format += part
      continue
    }
    const isText = !/%[^%]/.test(format) && parts.some(p => p.includes('{'))
    if (format !== '') operands.push(isText ? literal(format.replaceAll('%%', '%')) : call(format))
    format = ''
    if (part !== '{}') operands.push(part.replaceAll(/\{(%.)\}/g, (_, code: string) => call(code)))
  }
  return operands.join(' || ')
}

/** The first code of a format that strftime() does not have, and SQL that writes the same if it is known. */
export function unsupportedCode(
  format: string,
  args: readonly string[],
): { readonly code: string; readonly write?: string } | undefined {
  const codes = [...format.matchAll(/%(-?.?)/gs)].map(([, letter = '']) => letter)
  const code = codes.find(c => !SUPPORTED.test(c))
  if (code === undefined) return undefined
  const own = codes.filter(c => SUPPORTED.test(c)).map(c => [c, `%${c}`])
  const write = sqlOf(percentParts(format, { ...PERCENT_CODES, ...Object.fromEntries(own) }), args)
  return { code: `%${code}`, ...(write !== undefined && { write }) }
}

/** SQL for date_format(); undefined if a code is not known. */
export function insteadOfDateFormat(format: string, args: readonly string[]): string | undefined {
  return format.includes('%') ? sqlOf(percentParts(format, DATE_FORMAT_CODES), args) : undefined
}

/** SQL for to_char() of a time or a number; undefined if a code is not known. */
export function insteadOfToChar(format: string, value: string): string | undefined {
  if (!/^(?:FM|[LS$ ])*[09,G.D]*[09][09,G.D]*$/.test(format)) return sqlOf(toCharParts(format), [value])
  const [whole = '', decimals = ''] = format.split(/[.D]/)
  const digits = whole.replaceAll(/[^09]/g, '')
  const width = digits.startsWith('0') && digits.length > 1 ? digits.length : 0
  if (whole.includes('S') || (width > 0 && /[,G]/.test(whole))) return undefined
  const padding = width === 0 ? '' : `0${width + (decimals === '' ? 0 : 1 + decimals.length)}`
  return `format('${format.includes('$') ? '$' : ''}%${/[,G]/.test(whole) ? ',' : padding}.${decimals.length}f', ${value})`
}
