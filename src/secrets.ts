import type { Span } from './errors.ts'

/*
 * What may be a secret, by its name or by its look. Everything that shows text to people asks here: history, dry run,
 * trace, EXPLAIN, errors, reports.
 */

/** What stands for a secret. */
export const MASK = '********'

/** Names without their separators: `github.access.token`, `accountKey` and `ACCOUNT_KEY` are alike. */
const IN_NAME =
  /secret|passw|passphrase|credential|token|jaas|sasl|keytab|keyfile|keymaterial|userinfo|authorization|connectionstring|(?:private|access|account|api|shared|signing|signature|encryption|master|storage|subscription|function|host|license|ssh|client|service|keystore|truststore)key|certificatekey/
/** Words that hold a secret only as a word of their own. */
const WORDS: ReadonlySet<string> = new Set([
  'pwd',
  'pw',
  'pass',
  'cred',
  'creds',
  'cookie',
  'sas',
  'sig',
  'otp',
])
/** What every name of a secret has in it, whatever separates its words: most texts have none of it. */
const ANY_NAME = /secret|pass|cred|token|jaas|sasl|key|info|auth|conn|pwd|pw|cookie|sas|sig|otp/i
/** Names of positions in a listing, which are no credentials. */
const NOT_SECRET = /^(?:next|prev|previous)?page(?:token|size)s?$|^(?:max|min|num|count|total).*tokens?$/

/** Whether something of this name (a column, key, argument, header or variable) holds a secret. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(w => w !== '')
  const joined = words.join('')
  if (NOT_SECRET.test(joined)) return false
  return IN_NAME.test(joined) || words.some(w => WORDS.has(w)) || words.at(-1) === 'auth'
}

const SEPARATOR = /={1,3}>?|:=?/g
/** Longer names are not looked at. */
const LONGEST_NAME = 200
const USER_INFO = /[^\s/?#"'@:]*:([^\s/?#"']+)@/y
/** Keys in PEM form, JSON Web Tokens, tokens with the prefixes of well-known services, and what is generated at random. */
const SHAPES = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /\b(?:gh[opsur]_|github_pat_|glpat-|xox[abps]-|sk_live_|cflt)[\w/+=-]{12,}/g,
  /(?<=^|[\s"'])(?=[^a-z\s"']*[a-z])(?=[^A-Z\s"']*[A-Z])(?=[^\d\s"']*\d)[A-Za-z0-9+/_=-]{40,}(?=$|[\s"'])/g,
]

/** The parts of a text that are secrets: passwords in URLs, values of names that tell, keys and tokens by their form. */
export function secretParts(text: string): Span[] {
  const parts = [...assigned(text), ...passwords(text)]
  for (const shape of SHAPES)
    for (const match of text.matchAll(shape))
      parts.push({ start: match.index, end: match.index + match[0].length })
  return merged(parts)
}

/** Values that stand behind a name that tells, and `=` or `:`. */
function* assigned(text: string): Generator<Span, void, void> {
  if (!ANY_NAME.test(text)) return
  for (const { index, 0: separator } of text.matchAll(SEPARATOR)) {
    if (!isSecretName(nameBefore(text, index))) continue
    const part = valueAt(text, index + separator.length)
    if (part.end > part.start) yield part
  }
}

/** The name that ends before an offset, or before blanks and a quote there; empty if there is none. */
function nameBefore(text: string, end: number): string {
  let to = end
  while (to > 0 && /\s/.test(text[to - 1]!)) to--
  if (/["'`\]]/.test(text[to - 1] ?? '')) to--
  while (text[to - 1] === '\\') to--
  let from = to
  while (from > 0 && to - from < LONGEST_NAME && /[\w.-]/.test(text[from - 1]!)) from--
  return text.slice(from, to)
}

/** Passwords of URLs: `scheme://user:password@host`. */
function* passwords(text: string): Generator<Span, void, void> {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    USER_INFO.lastIndex = at + 3
    const match = USER_INFO.exec(text)
    const end = at + 3 + (match?.[0].length ?? 0) - 1
    if (match) yield { start: end - match[1]!.length, end }
  }
}

/** The value that begins at an offset, without its quotes; of an object or array the text up to the end. */
function valueAt(text: string, at: number): Span {
  const lead = /\s*(?:(?:bearer|basic|token|digest)\s+)?/iy
  lead.lastIndex = at
  const start = at + (lead.exec(text)?.[0].length ?? 0)
  const quote = /\\*["']/y
  quote.lastIndex = start
  const open = quote.exec(text)?.[0]
  if (open !== undefined) {
    const from = start + open.length
    const end = closing(text, open, from)
    return { start: from, end }
  }
  if (/[{[]/.test(text[start] ?? '')) return { start, end: text.length }
  const bare = /[^\s,;&)}\]"'\\]*/y
  bare.lastIndex = start
  const value = bare.exec(text)?.[0] ?? ''
  return /^(?:null|true|false|none)?$/i.test(value)
    ? { start, end: start }
    : { start, end: start + value.length }
}

/** Where a quoted value ends: at the same quote with as many backslashes before it. */
function closing(text: string, open: string, from: number): number {
  for (let at = text.indexOf(open, from); at >= 0; at = text.indexOf(open, at + 1))
    if (open.length > 1 || text[at - 1] !== '\\') return at
  return text.length
}

function merged(parts: readonly Span[]): Span[] {
  const all: Span[] = []
  for (const part of [...parts].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = all.at(-1)
    if (last && part.start <= last.end)
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, part.end) }
    else all.push(part)
  }
  return all
}

/** A text with a mask in the place of each secret in it. */
export function maskText(text: string): string {
  let shown = ''
  let from = 0
  for (const { start, end } of secretParts(text)) {
    shown += text.slice(from, start) + MASK
    from = end
  }
  return shown + text.slice(from)
}

/** The secrets in a text. */
export function secretsIn(text: string): string[] {
  return secretParts(text).map(({ start, end }) => text.slice(start, end))
}

/** Whether a text is a secret, has one in it, or speaks of one beside anything else: `{"name": "sasl.password", "value": "x"}`. */
export function mayBeSecret(text: string): boolean {
  if (secretParts(text).length > 0) return true
  if (!ANY_NAME.test(text)) return false
  const rest = text.replaceAll(/[A-Za-z_][\w.-]*/g, word => (isSecretName(word) ? '' : word))
  return rest.length < text.length && /[A-Za-z0-9]/.test(rest)
}

/** A URL with a mask for passwords, and for the values of parameters that are called like secrets. */
export function maskUrl(url: string): string {
  const [, origin = '', path = '', query] = /^([a-z]+:\/\/[^/?]*)?([^?]*)(?:\?(.*))?$/is.exec(url) ?? []
  const masked = path.split('/').map(part => (isTelling('', part) ? MASK : part))
  const address = `${maskText(origin)}${masked.join('/')}`
  if (query === undefined) return address
  const pairs = query.split('&').map(pair => {
    const [name = '', ...value] = pair.split('=')
    return isTelling(name, value.join('=')) ? `${name}=${MASK}` : pair
  })
  return `${address}?${pairs.join('&')}`
}

function isTelling(name: string, value: string): boolean {
  if (value === '') return false
  const plain = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
  const text = plain(value)
  return isSecretName(plain(name)) || [...assigned(text), ...passwords(text)].length > 0
}

/** A text that others wrote, with known secrets masked in it, in any of the forms in which JSON and URLs write them. */
export function hideSecrets(text: string, secrets: Iterable<string>, mask = MASK): string {
  const escaped = (s: string): string => JSON.stringify(s).slice(1, -1)
  const forms = [...secrets].flatMap(s => [
    s,
    escaped(s),
    escaped(escaped(s)),
    new URLSearchParams([['', s]]).toString().slice(1),
  ])
  // longest first: one may be a part of another
  return [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .reduce((all, form) => all.replaceAll(form, mask), text)
}
