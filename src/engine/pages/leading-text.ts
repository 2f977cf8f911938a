import { parsed } from '../../http/json.ts'

/** Where the text is looked for: in so many characters at the beginning of a page. */
const HEAD = 4096
/** The next member of an object up to its value, after a brace or a comma. */
const MEMBER = /\s*[{,]\s*"((?:[^"\\]|\\.)*)"\s*:\s*/y
const SCALAR = /"(?:[^"\\]|\\.)*"|null|true|false|-?\d[\d.eE+-]*/y
const END = /\s*\{?\s*\}/y

/**
 * The text at a path of a page if all members before it are scalars, as in most lists, where the link to the next page comes
 * before the rows; undefined if it takes more to find it. The rest of the page is not read, so this is no check of it.
 */
export function leadingText(page: string, path: string): string | null | undefined {
  const head = page.slice(0, HEAD)
  const keys = path.split('.').slice(1)
  let at = 0
  for (const [i, key] of keys.entries()) {
    for (;;) {
      const name = match(MEMBER, head, at)?.[1]
      if (name === undefined) return i > 0 && match(END, head, at) ? null : undefined
      if (name.includes('\\')) return undefined
      at = MEMBER.lastIndex
      if (name === key) break
      if (!match(SCALAR, head, at)) return undefined
      at = SCALAR.lastIndex
    }
  }
  const value = match(SCALAR, head, at)?.[0]
  if (value === 'null') return null
  return value?.startsWith('"') ? textOf(value) : undefined
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** The value of a JSON string, if it is printable ASCII: SQLite reads others its own way. */
function textOf(json: string): string | undefined {
  const text = parsed(json)
  return typeof text === 'string' && /^[ -~]*$/.test(text) ? text : undefined
}
