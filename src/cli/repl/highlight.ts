import { isName, isOp, lexOpen, nameOf, type Token } from '../../sql/lexer.ts'
import type { Span } from '../../errors.ts'
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

/** Styles of the statements and commands between two offsets. `isTable` says whether a dotted name is a table or view. */
export function highlight(
  text: string,
  isTable: (parts: readonly string[]) => boolean,
  from = 0,
  to = text.length,
): Styled[] {
  const { items, comments } = scan(text)
  const isShown = ({ start, end }: Span): boolean => end >= from && start <= to
  return [
    ...items.filter(isShown).flatMap(({ kind, start, end }) => {
      const part = text.slice(start, end)
      return kind === 'command' ? metaStyles(part, start) : sqlStyles(part, start, isTable)
    }),
    ...comments.filter(isShown).map(({ start, end }) => ({ start, end, style: STYLE.comment })),
  ].sort((a, b) => a.start - b.start)
}

function metaStyles(line: string, start: number): Styled[] {
  const end = start + (/^\S+/.exec(line)?.[0].length ?? 0)
  return [{ start, end, style: STYLE.meta }]
}

function sqlStyles(text: string, offset: number, isTable: (parts: readonly string[]) => boolean): Styled[] {
  const tokens = lexOpen(text, offset)
  const styles: Styled[] = []
  const wrong = unmatched(tokens)
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    const name = isName(token) ? dottedNameAt(tokens, i) : undefined
    if (name && isTable(name.parts)) {
      styles.push({ start: token.start, end: tokens[name.end - 1]!.end, style: STYLE.table })
      i = name.end - 1
    } else {
      const style = wrong.has(token) ? STYLE.wrong : styleOf(token, tokens[i - 1], tokens[i + 1])
      if (style) styles.push({ start: token.start, end: token.end, style })
    }
  }
  return styles
}

function styleOf(token: Token, previous: Token | undefined, next: Token | undefined): string | undefined {
  if (token.kind === 'word')
    return isKeyword(token.value) && !isOp(previous, '.') && !isOp(next, '.') ? STYLE.keyword : undefined
  return token.kind === 'string' || token.kind === 'blob' || token.kind === 'number' || token.kind === 'param'
    ? STYLE[token.kind]
    : undefined
}

/** The dotted name that begins at a token: its parts, and the index after it. */
function dottedNameAt(
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

/** Closing parentheses without an opening one. */
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
