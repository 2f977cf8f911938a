import type { JsonObject } from '../types.ts'

/** What a row of a resource of series has as `_series`: what is measured, of which labels, and how its values run. */
export interface Series {
  readonly metric: string
  readonly kind: 'counter' | 'gauge'
  /** Of a gauge: what several series come to. */
  readonly across?: 'sum' | 'average'
  readonly labels: Readonly<Record<string, string>>
  /** Its value in a usual hour. */
  readonly level: number
  /** How far the day's rhythm moves it, from 0 to 1. */
  readonly swing: number
  /** What a day adds, as a part of the level. */
  readonly growth?: number
  readonly seed: number
  /** It does not vary by chance. */
  readonly steady?: boolean
  /** Decimals of its values. */
  readonly digits?: number
}

/** A filter of a query on labels. */
export interface Filter {
  readonly op?: string
  readonly field?: string
  readonly value?: string
  readonly filters?: readonly Filter[]
  readonly filter?: Filter
}

/** Whether labels meet a filter. */
export function matchesFilter(filter: Filter, labels: Series['labels']): boolean {
  switch (filter.op) {
    case 'AND':
      return (filter.filters ?? []).every(f => matchesFilter(f, labels))
    case 'OR':
      return (filter.filters ?? []).some(f => matchesFilter(f, labels))
    case 'NOT':
      return filter.filter === undefined || !matchesFilter(filter.filter, labels)
    case 'GT':
      return (labels[filter.field ?? ''] ?? '') > (filter.value ?? '')
    case 'GTE':
      return (labels[filter.field ?? ''] ?? '') >= (filter.value ?? '')
    default:
      return labels[filter.field ?? ''] === filter.value
  }
}

/** The resources that a filter asks for: label and id of each. */
export function resourcesIn({ op, field, value, filters = [] }: Filter): (readonly [string, string])[] {
  if (op === 'AND' || op === 'OR') return filters.flatMap(resourcesIn)
  return field?.startsWith('resource.') && value !== undefined ? [[field, value]] : []
}

/** Series by the values of labels, in the order of their first. */
export function groupsOf(
  series: readonly Series[],
  groupBy: readonly string[],
): { readonly labels: JsonObject; readonly series: readonly Series[] }[] {
  const groups = new Map<string, { labels: JsonObject; series: Series[] }>()
  for (const one of series) {
    const labels = Object.fromEntries(
      groupBy.flatMap(label => (one.labels[label] === undefined ? [] : [[label, one.labels[label]]])),
    )
    const id = JSON.stringify(labels)
    const group = groups.get(id) ?? { labels, series: [] }
    group.series.push(one)
    groups.set(id, group)
  }
  return [...groups.values()]
}
