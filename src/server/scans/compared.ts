import { isWord, lex } from '../sql/lexer.ts'
import { readConditions, readPlace, refsInText, type ColumnRef, type Conjunct } from './conditions.ts'
import { grouped, isGroup, tokenOf, type Node } from './groups.ts'
import { derivedTables } from './origins.ts'
import type { PlanNode, TableScan } from './plan-tree.ts'

/** A column of a table that a plan compares. */
export interface Compared {
  readonly ref: ColumnRef
  /** The comparison, if it was not read completely. */
  readonly text: string
  readonly isNullTest: boolean
}

/** What conditions compare, and the values of columns, such as `CASE WHEN …` and `count(*) FILTER (WHERE …)`. */
export function comparedIn(
  nodes: readonly PlanNode[],
  conditions: readonly Conjunct[],
  scans: readonly TableScan[],
  originOf: (ref: ColumnRef) => ColumnRef,
): readonly Compared[] {
  const outputs = new Set(nodes.flatMap(node => node.Output ?? []))
  const inOutputs = [...outputs].flatMap(comparisonsIn).flatMap(text => comparedInOutput(text, scans))
  const derived = derivedTables(nodes)
  const isScan = (ref: ColumnRef): boolean => scans.some(s => s.alias === ref.alias)
  /** Columns of derived tables usually have the name of the column that they are; the plan does not show which they are. */
  const tablesColumn = (ref: ColumnRef, depth = 0): ColumnRef => {
    if (isScan(ref) || depth > 8) return ref
    const places = (derived.get(ref.alias)?.Output ?? []).map(readPlace)
    const named = places.find(p => p?.path.length === 0 && p.column === ref.column)
    return named ? tablesColumn({ ...named, path: ref.path }, depth + 1) : originOf(ref)
  }
  return [...conditions.flatMap(comparedBy), ...inOutputs].map(c => ({ ...c, ref: tablesColumn(c.ref) }))
}

function comparedBy(condition: Conjunct): Compared[] {
  const isNullTest = condition.kind === 'null' || condition.kind === 'not null'
  const text = condition.kind === 'other' ? condition.text : ''
  return refsOf(condition).map(ref => ({ ref, text, isNullTest }))
}

function refsOf(condition: Conjunct): readonly ColumnRef[] {
  if (condition.kind === 'join') return [condition.left, condition.right]
  return condition.kind === 'other' ? condition.refs : [condition.column]
}

/** What a condition in an output compares; in a plan of one table, columns have no alias there. */
function comparedInOutput(text: string, scans: readonly TableScan[]): readonly Compared[] {
  const found = readConditions(text).flatMap(comparedBy)
  if (found.length > 0) return found
  const isNullTest = /\bIS (?:NOT )?NULL\W*$/.test(text) && !/[=<>~]/.test(text.replaceAll(/->>?/g, ''))
  return refsWithin(text, scans).map(ref => ({ ref, text, isNullTest }))
}

const COMPARISONS = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  '~~',
  '~~*',
  '!~~',
  '!~~*',
  '~',
  '~*',
  '!~',
  '!~*',
])

/**
 * The conditions in an expression: comparisons, each of which Postgres prints in parentheses, `FILTER (WHERE …)`, `WHEN … THEN`, and
 * the operand of `CASE x WHEN`.
 */
function comparisonsIn(text: string): string[] {
  if (!/[=<>~]|\b(?:CASE|WHERE|DISTINCT FROM)\b/.test(text)) return []
  const found: string[] = []
  const visit = (nodes: readonly Node[]): void => {
    const part = (from: number, to: number): string => text.slice(nodes[from]?.start, nodes[to - 1]?.end)
    const isComparison = nodes.some((node, i) => {
      const token = tokenOf(node)
      return token?.kind === 'op'
        ? COMPARISONS.has(token.text)
        : isWord(token, 'distinct') && isWord(tokenOf(nodes[i + 1]), 'from')
    })
    if (isComparison) found.push(withoutFilters(nodes, text))
    for (const [i, node] of nodes.entries()) {
      if (isGroup(node)) visit(node.items)
      else if (isWord(node, 'where')) found.push(part(i + 1, nodes.length))
      else if (isWord(node, 'case', 'when')) {
        const end = nodes.findIndex((n, k) => k > i && isWord(tokenOf(n), 'when', 'then'))
        if (end > i + 1) found.push(part(i + 1, end))
      }
    }
  }
  visit(grouped(lex(text), 0)[0])
  return found
}

/** The text of an expression without `FILTER (…)`, whose conditions are others. */
function withoutFilters(nodes: readonly Node[], text: string): string {
  return nodes
    .map((node, i) => {
      if (!isGroup(node)) return text.slice(node.start, node.end)
      return isWord(tokenOf(nodes[i - 1]), 'filter') ? '()' : `(${withoutFilters(node.items, text)})`
    })
    .join(' ')
}

/** The columns that an expression names; in a plan of one table without their alias. */
export function refsWithin(text: string, scans: readonly TableScan[]): readonly ColumnRef[] {
  const found = refsInText(text)
  const [only] = scans
  if (found.length > 0 || !only) return found
  return lex(text).flatMap(t =>
    (t.kind === 'word' || t.kind === 'name') && only.relation.columns.some(c => c.name === t.text)
      ? [{ alias: only.alias, column: t.text, path: [] }]
      : [],
  )
}
