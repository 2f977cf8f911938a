import { ConfluentqlError } from '../../errors.ts'
import { isName, isOp, lex, nameOf, type Token } from '../../sql/lexer.ts'
import { scan } from './scan.ts'
import type { Styled } from './view.ts'
import { isKeyword } from './words.ts'

const STYLE = {
  keyword: '1;34',
  string: '32',
  number: '36',
  comment: '90',
  table: '36;1',
  param: '33',
  meta: '35',
  wrong: '1;31',
  blob: '32',
} as const

/** The tokens of a text that may end anywhere, at their offsets in a larger one. Of an open string or name, what is there so far. */
export function tokensOf(typed: string, offset = 0): Token[] {
  const text = typed.replaceAll('\0', ' ')
  const found: Token[] = []
  let from = 0
  while (from < text.length) {
    try {
      found.push(...shifted(lex(text.slice(from)).tokens, offset + from))
      break
    } catch (error) {
      const at = from + (error instanceof ConfluentqlError ? (error.span?.start ?? 0) : 0)
      found.push(...shifted(lex(text.slice(from, at)).tokens, offset + from))
      const c = text[at] ?? ''
      const isOpen = `'"\`[`.includes(c) && c !== ''
      const end = isOpen ? text.length : at + 1
      if (isOpen)
        found.push({
          kind: c === "'" ? 'string' : 'name',
          text: text.slice(at),
          value: text.slice(at + 1),
          start: offset + at,
          end: offset + text.length,
        })
      from = end
    }
  }
  return found
}

const shifted = (tokens: readonly Token[], by: number): Token[] =>
  by === 0 ? [...tokens] : tokens.map(t => ({ ...t, start: t.start + by, end: t.end + by }))

/** The styles of an entry as it is typed, of the items between two offsets. `isTable` knows the names of tables and views, in dotted parts. */
export function highlight(
  text: string,
  isTable: (parts: readonly string[]) => boolean,
  from = 0,
  to = text.length,
): Styled[] {
  return scan(text)
    .items.filter(i => i.end >= from && i.start <= to)
    .flatMap(item => {
      const part = text.slice(item.start, item.end)
      return item.kind === 'meta' ? metaStyles(part, item.start) : sqlStyles(part, item.start, isTable)
    })
}

function metaStyles(line: string, start: number): Styled[] {
  const end = start + (/^\S+/.exec(line)?.[0].length ?? 0)
  return [{ start, end, style: STYLE.meta }]
}

function sqlStyles(text: string, offset: number, isTable: (parts: readonly string[]) => boolean): Styled[] {
  const tokens = tokensOf(text, offset)
  const styles: Styled[] = []
  const wrong = unmatched(tokens)
  let before = offset
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    styles.push(...comments(text, offset, before, token.start))
    before = token.end
    const chain = isName(token) ? chainAt(tokens, i) : undefined
    if (chain && isTable(chain.parts)) {
      before = tokens[chain.end - 1]!.end
      styles.push({ start: token.start, end: before, style: STYLE.table })
      i = chain.end - 1
    } else {
      const style = wrong.has(token) ? STYLE.wrong : styleOf(token, tokens[i - 1], tokens[i + 1])
      if (style) styles.push({ start: token.start, end: token.end, style })
    }
  }
  return [...styles, ...comments(text, offset, before, offset + text.length)]
}

function styleOf(token: Token, previous: Token | undefined, next: Token | undefined): string | undefined {
  if (token.kind === 'word')
    return isKeyword(token.value) && !isOp(previous, '.') && !isOp(next, '.') ? STYLE.keyword : undefined
  return token.kind === 'string' || token.kind === 'blob' || token.kind === 'number' || token.kind === 'param'
    ? STYLE[token.kind]
    : undefined
}

/** Comments in what stands between two tokens. */
function comments(text: string, offset: number, from: number, to: number): Styled[] {
  const gap = text.slice(from - offset, to - offset)
  return [...gap.matchAll(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g)].map(m => ({
    start: from + m.index,
    end: from + m.index + m[0].length,
    style: STYLE.comment,
  }))
}

/** A dotted name that begins at a token: its parts, and the index behind it. */
function chainAt(
  tokens: readonly Token[],
  index: number,
): { readonly parts: string[]; readonly end: number } | undefined {
  if (isOp(tokens[index - 1], '.')) return undefined
  const parts = [nameOf(tokens[index]!)]
  let end = index + 1
  while (isOp(tokens[end], '.') && isName(tokens[end + 1])) {
    parts.push(nameOf(tokens[end + 1]!))
    end += 2
  }
  return { parts: parts.length === 1 ? parts[0]!.split('.') : parts, end }
}

/** Closing parentheses that nothing opened. */
function unmatched(tokens: readonly Token[]): Set<Token> {
  const wrong = new Set<Token>()
  let depth = 0
  for (const token of tokens) {
    if (isOp(token, '(')) depth++
    else if (isOp(token, ')') && --depth < 0) {
      wrong.add(token)
      depth = 0
    }
  }
  return wrong
}
