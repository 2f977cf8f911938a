import type { ViewInfo } from '../../catalog/types.ts'
import { lex, nameOf } from '../../sql/lexer.ts'
import { readQuery } from '../../sql/read-query.ts'
import { cell, code, table } from './markdown.ts'

/** The table of ready-made views with their columns. */
export function viewTable(views: readonly ViewInfo[]): string[] {
  return table(
    ['view', 'about', 'columns'],
    views.map(view => [code(view.name), cell(view.summary), columnsOf(view).map(code).join(', ')]),
  )
}

/** Names of the columns, in their order. */
function columnsOf({ sql }: ViewInfo): string[] {
  const { tokens } = lex(sql)
  const { cores } = readQuery({ text: sql, tokens }, { from: 0, to: tokens.length }, () => undefined)
  return (cores[0]?.items ?? []).map(({ alias, expr }) => alias ?? nameOf(tokens[expr.range.to - 1]!))
}
