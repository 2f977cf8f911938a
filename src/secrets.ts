import type { Span } from './errors.ts'

/*
 * Recognizes secrets by their names and forms, for all output: history, dry run, trace, EXPLAIN, errors, reports.
 */

/** The text shown in place of a secret. */
export const MASK = '********'

/** Parts of secrets' names, without separators: `github.access.token`, `accountKey` and `ACCOUNT_KEY` match alike. */
const NAME_PARTS =
  'secret passw passphrase credential token jaas sasl keytab keyfile keymaterial userinfo authorization connectionstring'.split(
    ' ',
  )
/** Words before `key` in secrets' names. */
const KEYS =
  'private access account api shared signing signature encryption master storage subscription function host license ssh client service keystore truststore certificate'
    .split(' ')
    .map(word => `${word}key`)
/** Words that mark a secret only as a separate word of a name. */
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
/** A quick test: every name of a secret matches, and most texts do not. */
const ANY_NAME = /secret|pass|cred|token|jaas|sasl|key|info|auth|conn|pwd|pw|cookie|sas|sig|otp/
/** Whether a text may have the name of a secret. */
function hasName(text: string): boolean {
  // a pattern for both cases takes V8 four times as long to compile
  return ANY_NAME.test(text.toLowerCase())
}

/** Names of page tokens and token counts, which are not credentials. */
const NOT_SECRET = /^(?:next|prev|previous)?page(?:token|size)s?$|^(?:max|min|num|count|total).*tokens?$/

/** Names that were looked at before: those of a listing's requests come again with each page. */
const known = new Map<string, boolean>()
const MOST_KNOWN = 1000

/** Whether something of this name (a column, key, argument, header or variable) holds a secret. */
export function isSecretName(name: string): boolean {
  let is = known.get(name)
  if (is !== undefined) return is
  is = namesSecret(name)
  if (known.size >= MOST_KNOWN) known.clear()
  if (name.length <= LONGEST_NAME) known.set(name, is)
  return is
}

function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(w => w !== '')
  const joined = words.join('')
  const isLike =
    NAME_PARTS.some(part => joined.includes(part))
    || (joined.includes('key') && KEYS.some(key => joined.includes(key)))
    || words.some(w => WORDS.has(w))
    || words.at(-1) === 'auth'
  return isLike && !NOT_SECRET.test(joined)
}

const SEPARATOR = /={1,3}>?|:=?/g
/** The part of a longer name before this is ignored. */
const LONGEST_NAME = 200
const USER_INFO = /[^\s/?#"'@:]*:([^\s/?#"']+)@/y
/**
 * Keys in PEM form, JSON Web Tokens, tokens with the prefixes of well-known services, and long random texts. `least`: the
 * length of the shortest. Most texts are shorter, and V8 compiles a regular expression when it is first used.
 */
const SECRET_FORMS: readonly { readonly least: number; readonly form: RegExp }[] = [
  {
    least: 27,
    form: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  },
  { least: 7, form: /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g },
  { least: 16, form: /\b(?:gh[opsur]_|github_pat_|glpat-|xox[abps]-|sk_live_|cflt)[\w/+=-]{12,}/g },
  {
    least: 40,
    form: /(?<=^|[\s"'])(?=[^a-z\s"']*[a-z])(?=[^A-Z\s"']*[A-Z])(?=[^\d\s"']*\d)[A-Za-z0-9+/_=-]{40,}(?=$|[\s"'])/g,
  },
]

/** The parts of a text that are secrets: passwords in URLs, values assigned to secrets' names, keys and tokens by their form. */
export function secretParts(text: string): Span[] {
  const parts = [...assigned(text), ...passwords(text)]
  for (const { least, form } of SECRET_FORMS)
    for (const match of text.length < least ? [] : text.matchAll(form))
      parts.push({ start: match.index, end: match.index + match[0].length })
  return merged(parts)
}

/** Values after the name of a secret and `=` or `:`. */
function* assigned(text: string): Generator<Span, void, void> {
  if (!hasName(text)) return
  for (const { index, 0: separator } of text.matchAll(SEPARATOR)) {
    if (!isSecretName(nameBefore(text, index))) continue
    const part = assignedValue(text, index + separator.length)
    if (part.end > part.start) yield part
  }
}

/** The name before an offset, with blanks and a quote skipped; empty if there is none. */
function nameBefore(text: string, end: number): string {
  let to = end
  while (to > 0 && /\s/.test(text[to - 1]!)) to--
  if (/["'`\]]/.test(text[to - 1] ?? '')) to--
  while (text[to - 1] === '\\') to--
  let from = to
  while (from > 0 && to - from < LONGEST_NAME && /[\w.-]/.test(text[from - 1]!)) from--
  return text.slice(from, to)
}

/** Passwords in URLs: `scheme://user:password@host`. */
function* passwords(text: string): Generator<Span, void, void> {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    USER_INFO.lastIndex = at + 3
    const match = USER_INFO.exec(text)
    const end = at + 3 + (match?.[0].length ?? 0) - 1
    if (match) yield { start: end - match[1]!.length, end }
  }
}

/** The value that begins at an offset, without its quotes; for an object or array, all text up to the end. */
function assignedValue(text: string, at: number): Span {
  const lead = /\s*(?:(?:bearer|basic|token|digest)\s+)?/iy
  lead.lastIndex = at
  const start = at + (lead.exec(text)?.[0].length ?? 0)
  const quote = /\\*["']/y
  quote.lastIndex = start
  const open = quote.exec(text)?.[0]
  if (open !== undefined) {
    const from = start + open.length
    const end = closingQuote(text, open, from)
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

/** The end of a quoted value: the same quote after as many backslashes. */
function closingQuote(text: string, open: string, from: number): number {
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

/** A text with each secret in it masked. */
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

/** Whether a text is or contains a secret, or has the name of one together with other text: `{"name": "sasl.password", "value": "x"}`. */
export function mayBeSecret(text: string): boolean {
  if (secretParts(text).length > 0) return true
  if (!hasName(text)) return false
  const rest = text.replaceAll(/[A-Za-z_][\w.-]*/g, word => (isSecretName(word) ? '' : word))
  return rest.length < text.length && /[A-Za-z0-9]/.test(rest)
}

/** The last address that was masked: the pages of a listing have the same. */
let lastAddress = { address: '', masked: '' }

/** A URL with passwords masked, and the values of parameters with a secret's name. */
export function maskUrl(url: string): string {
  const mark = url.indexOf('?')
  const address = mark < 0 ? url : url.slice(0, mark)
  if (address !== lastAddress.address) lastAddress = { address, masked: maskAddress(address) }
  const { masked } = lastAddress
  return mark < 0 ? masked : `${masked}?${maskQuery(url.slice(mark + 1))}`
}

function maskAddress(address: string): string {
  const scheme = address.indexOf('://')
  const hasOrigin = /^[A-Za-z]+$/.test(address.slice(0, Math.max(0, scheme)))
  const end = hasOrigin ? address.indexOf('/', scheme + 3) : 0
  const [origin, path] = end < 0 ? [address, ''] : [address.slice(0, end), address.slice(end)]
  const masked = path.split('/').map(part => (isSecretPair('', part) ? MASK : part))
  return `${maskText(origin)}${masked.join('/')}`
}

function maskQuery(query: string): string {
  const pairs = query.split('&').map(pair => {
    const [name = '', ...value] = pair.split('=')
    return isSecretPair(name, value.join('=')) ? `${name}=${MASK}` : pair
  })
  return pairs.join('&')
}

function isSecretPair(name: string, value: string): boolean {
  if (value === '') return false
  const decoded = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
  const text = decoded(value)
  return isSecretName(decoded(name)) || [...assigned(text), ...passwords(text)].length > 0
}

/** A server's text with known secrets masked, also where they are encoded for JSON or URLs. */
export function hideSecrets(text: string, secrets: Iterable<string>): string {
  return hideForms(text, secretForms(secrets), MASK)
}

/** The forms in which secrets can be in a server's text, longest first, as one may be a part of another. */
export function secretForms(secrets: Iterable<string>): string[] {
  const escaped = (s: string): string => JSON.stringify(s).slice(1, -1)
  const forms = [...secrets].flatMap(s => [
    s,
    escaped(s),
    escaped(escaped(s)),
    new URLSearchParams([['', s]]).toString().slice(1),
  ])
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

/** A text with all of these texts masked. */
export function hideForms(text: string, forms: readonly string[], mask: string): string {
  return forms.reduce((all, form) => all.replaceAll(form, mask), text)
}

/** A text, or a JSON text, with private keys in PEM form masked: the only secrets whose form is certain. */
export function hidePrivateKeys(text: string): string {
  if (!text.includes('PRIVATE KEY')) return text
  return text.replaceAll(
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^"]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?=")|$)/g,
    MASK,
  )
}
