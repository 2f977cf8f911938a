import { isOp, isWord, lexOpen } from '../../sql/lexer.ts'

/** The most characters in a line. */
const LONGEST = 76
/** The indentation of what goes on below `SELECT `. */
const BELOW = 7

const CLAUSES = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'UNION', 'INTERSECT', 'EXCEPT', 'JOIN']
const JOIN_WORDS = ['NATURAL', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'OUTER']
const CONDITIONS = ['ON', 'AND', 'OR', 'WHEN', 'ELSE', 'END']

/** The lines of SQL, those that are too long divided at clauses, else between conditions and behind commas. */
export function sqlLines(sql: string): string[] {
  return sql.split('\n').flatMap(line => {
    // the rest of a comment would no longer be one
    if (line.length <= LONGEST || line.includes('--') || line.includes('/*')) return [line]
    const indent = /^ */.exec(line)![0]
    return atClauses(line.slice(indent.length)).flatMap(clause => divided(clause, indent))
  })
}

/** A place in a line where it can be divided: in how many parentheses it is, and whether a clause begins there. */
interface Place {
  readonly at: number
  readonly depth: number
  readonly isClause: boolean
}

function placesIn(line: string): Place[] {
  const tokens = lexOpen(line)
  let depth = 0
  return tokens.flatMap((token, i) => {
    if (isOp(token, '(')) depth++
    if (isOp(token, ')')) depth--
    const isJoin = (n: number): boolean => isWord(tokens[n], ...JOIN_WORDS)
    const isClause = isWord(token, ...CLAUSES)
      ? !isJoin(i - 1)
      : isJoin(i) && !isJoin(i - 1) && !isOp(tokens[i + 1], '(')
    const isPlace = isClause || isWord(token, ...CONDITIONS) || isOp(tokens[i - 1], ',')
    return isPlace && i > 0 && line[token.start - 1] === ' ' ? [{ at: token.start, depth, isClause }] : []
  })
}

function atClauses(line: string): string[] {
  const starts = [
    0,
    ...placesIn(line)
      .filter(p => p.isClause && p.depth === 0)
      .map(p => p.at),
    line.length,
  ]
  return starts.slice(1).map((end, i) => line.slice(starts[i], end).trimEnd())
}

/** A clause in lines; they are divided at the last place in the fewest parentheses. */
function divided(text: string, indent: string): string[] {
  if (indent.length + text.length <= LONGEST) return [indent + text]
  const places = placesIn(text).filter(({ at }) => indent.length + at <= LONGEST + 1)
  const least = Math.min(...places.map(({ depth }) => depth))
  const at = places.findLast(({ depth }) => depth === least)?.at
  if (at === undefined) return [indent + text]
  const below = indent.padEnd(BELOW)
  return [indent + text.slice(0, at).trimEnd(), ...divided(text.slice(at), below)]
}
