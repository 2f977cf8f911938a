import type { Paging } from './answers.ts'

/** The names of the query parameters that paging sends, which no statement gives. */
export function pageParams(paging: Paging | undefined): readonly string[] {
  if (paging === undefined) return []
  if (paging.kind === 'offset') return [paging.offset, ...(paging.limit === undefined ? [] : [paging.limit])]
  const position = paging.kind === 'token' || paging.kind === 'page' ? [paging.param] : []
  return [...position, ...(paging.size === undefined ? [] : [paging.size])]
}
