import { Random } from './random.ts'
import { allNodes, type Node } from './tree.ts'

const KEYWORDS = new Set(
  `SELECT DISTINCT FROM WHERE AND OR NOT IN IS NULL LIKE GLOB BETWEEN JOIN LEFT RIGHT FULL OUTER INNER CROSS NATURAL ON USING AS WITH RECURSIVE
  MATERIALIZED UNION ALL INTERSECT EXCEPT ORDER BY GROUP HAVING LIMIT OFFSET CASE WHEN THEN ELSE END EXISTS VALUES COLLATE NOCASE RTRIM NULLS FIRST LAST ASC DESC
  CAST TEXT INTEGER TRUE FALSE FILTER OVER PARTITION WINDOW ISNULL NOTNULL`.split(/\s+/),
)
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`|:\w+|[A-Za-z_]\w*|\d[\w.]*|\s+|./gs

/** The same statement spelled differently: upper or lower case, comments, line breaks, quoted names. */
export function respell(text: string, seed: number): string {
  const r = new Random(seed)
  const tokens = text.match(TOKEN) ?? []
  return tokens
    .map((t, i) => {
      if (/^\s+$/.test(t))
        return r.weighted([
          [12, t],
          [2, '\n'],
          [1, ' /* FROM x.y; */ '],
          [1, " -- don't\n"],
          [1, '\t \r\n'],
        ])
      if (!/^[A-Za-z_]\w*$/.test(t)) return t
      if (KEYWORDS.has(t.toUpperCase()))
        return r.weighted([
          [2, t],
          [1, t.toLowerCase()],
          [1, [...t].map(c => (r.chance(0.5) ? c.toLowerCase() : c)).join('')],
        ])
      // SQLite includes the quotes in the name of a window
      if (t === 'w' || t === 'v') return t
      if (tokens[i + 1] === '(')
        return r.weighted([
          [6, t],
          [2, t.toUpperCase()],
          [1, `"${t}"`],
          [0.5, `[${t}]`],
          [0.5, `\`${t}\``],
        ])
      return r.weighted([
        [6, t],
        [1, `"${t}"`],
        [0.5, `[${t}]`],
        [0.5, `\`${t}\``],
        [tokens[i - 1] === '.' ? 0 : 1, t.toUpperCase()],
      ])
    })
    .join('')
}

/** Inserts a random token. The statement may still be valid by chance. */
export function addMistake(root: Node, random: Random): Node {
  const groups = allNodes(root).filter(n => n.kind === 'group')
  const target = random.pick(groups)
  const wrong = random.pick([
    ' nofunction(1) ',
    ' SELECT ',
    ')',
    '(',
    ' , ',
    ' FROM ',
    ' nowhere.name ',
    ' + ',
    " 'a",
    ' 1x ',
    ' ON ',
    ' abs() ',
    ' fz.main.nothing ',
    ' LIMIT ',
    ' ORDER ',
  ])
  const at = random.int(0, target.kind === 'group' ? target.parts.length : 0)
  const place = (node: Node): Node => {
    if (node === target && node.kind === 'group')
      return { ...node, parts: [...node.parts.slice(0, at), wrong, ...node.parts.slice(at)] }
    if (node.kind === 'group')
      return { ...node, parts: node.parts.map(p => (typeof p === 'string' ? p : place(p))) }
    return node.kind === 'list' ? { ...node, items: node.items.map(place) } : node
  }
  return place(root)
}
