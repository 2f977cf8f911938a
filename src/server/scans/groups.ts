import { isOp, isWord, type Token } from '../sql/lexer.ts'

/** A part in parentheses, including them. */
export interface Group {
  readonly items: readonly Node[]
  readonly start: number
  readonly end: number
}

/** A token, or a part in parentheses. */
export type Node = Token | Group

export const isGroup = (node: Node | undefined): node is Group => node !== undefined && 'items' in node
export const tokenOf = (node: Node | undefined): Token | undefined => (isGroup(node) ? undefined : node)

/** The tokens from `from` to the parenthesis that closes them, and the index after it. */
export function grouped(tokens: readonly Token[], from: number): [Node[], number] {
  const nodes: Node[] = []
  let at = from
  while (at < tokens.length) {
    const token = tokens[at]!
    if (isOp(token, ')')) return [nodes, at + 1]
    if (isOp(token, '(')) {
      const [items, next] = grouped(tokens, at + 1)
      nodes.push({ items, start: token.start, end: tokens[next - 1]!.end })
      at = next
    } else {
      nodes.push(token)
      at++
    }
  }
  return [nodes, at]
}

/** The parts between a word. */
export function splitBy(nodes: readonly Node[], word: string): Node[][] {
  const parts: Node[][] = [[]]
  for (const node of nodes) {
    if (isWord(tokenOf(node), word)) parts.push([])
    else parts.at(-1)!.push(node)
  }
  return parts
}
