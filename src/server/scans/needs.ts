import { keyOf, type Relation } from '../catalog/relations.ts'
import { SqlError } from '../wire/errors.ts'
import { refsWithin } from './compared.ts'
import type { ColumnRef, Conjunct } from './conditions.ts'
import type { FixedValues, PlanScans, TableScan } from './plan-tree.ts'
import {
  comparedType,
  isOptionalInput,
  paramsOf,
  placeKey,
  requiredKeys,
  sessionLiteral,
  type Place,
} from './pushable.ts'
import { rangeConditions } from './ranges.ts'

/** An equality in the session's statement: distinct literals of its SQL. */
export interface Equality {
  readonly place: Place
  readonly values: readonly string[]
}

/** A key whose values come from the rows of another table. */
export interface KeyFrom {
  readonly place: Place
  readonly source: { readonly relation: string; readonly place: Place }
}

/** What has to be loaded of one table. */
export interface Need {
  readonly relation: Relation
  readonly equals: ReadonlyMap<string, Equality>
  /**
   * Bounds of a range, as conditions on the table `t`. Those of a view are sent only if it cannot be read without: which of its columns
   * are ranges is not known.
   */
  readonly ranges: readonly string[]
  readonly keys: readonly KeyFrom[]
}

/** What a plan needs, in the order in which it can be loaded. @throws SqlError if a condition could not be verified */
export function needsOf(plan: PlanScans): Need[] {
  const byRelation = new Map<string, TableScan[]>()
  for (const scan of plan.scans) {
    const name = keyOf(scan.relation.schema, scan.relation.name)
    byRelation.set(name, [...(byRelation.get(name) ?? []), scan])
  }
  const needs = [...byRelation.values()].map(scans => needOf(scans, plan.fixed))
  const ordered = withKeys(needs, candidateKeys(plan, byRelation))
  checkInputs(plan, ordered)
  checkSecrets(plan)
  return ordered
}

/** Merges the needs of all scans of a table, which is loaded once, with the conditions that all scans share. */
function needOf(scans: readonly TableScan[], fixed: readonly FixedValues[]): Need {
  const { relation } = scans[0]!
  const each = scans.map(scan => {
    const joined = fixed.flatMap(({ target, values }): Conjunct[] =>
      target.alias === scan.alias ? [{ kind: 'equals', column: target, values }] : [],
    )
    return scan.isPlain ? equalitiesOf(relation, [...scan.filters, ...joined]) : new Map<string, Equality>()
  })
  const equals = new Map<string, Equality>()
  for (const [key, { place }] of each[0]!) {
    if (!each.every(found => found.has(key))) continue
    equals.set(key, { place, values: [...new Set(each.flatMap(found => found.get(key)!.values))] })
  }
  return { relation, equals, ranges: rangeConditions(relation, scans), keys: [] }
}

/** The equalities of a filter that the session's statement can contain, by place. */
function equalitiesOf(relation: Relation, filters: readonly Conjunct[]): Map<string, Equality> {
  const found = new Map<string, Equality>()
  for (const filter of filters) {
    if (filter.kind !== 'equals') continue
    const { column: place } = filter
    const values = filter.values.map(v => sessionLiteral(relation, place, v))
    if (values.includes(undefined)) continue
    const given = new Set(values as string[])
    const known = found.get(placeKey(place))
    found.set(placeKey(place), { place, values: known ? known.values.filter(v => given.has(v)) : [...given] })
  }
  return found
}

/** By table: the keys that joins give to it. None for a table that is scanned several times. */
function candidateKeys(
  { flows, scans }: PlanScans,
  byRelation: ReadonlyMap<string, readonly TableScan[]>,
): ReadonlyMap<string, readonly KeyFrom[]> {
  const relationOf = (ref: ColumnRef): TableScan | undefined => scans.find(s => s.alias === ref.alias)
  const found = new Map<string, KeyFrom[]>()
  for (const [name, own] of byRelation) {
    if (own.length > 1) continue
    const { relation, alias } = own[0]!
    const keys = flows.flatMap(({ target, source }) => {
      const from = relationOf(source)
      if (target.alias !== alias || !from || from.relation === relation) return []
      const isKey = paramsOf(relation, target).length > 0
      const isText =
        comparedType(relation, target) === 'string' && comparedType(from.relation, source) === 'string'
      if (!isKey || !isText) return []
      return [
        {
          place: target,
          source: { relation: keyOf(from.relation.schema, from.relation.name), place: source },
        },
      ]
    })
    found.set(name, keys)
  }
  return found
}

/**
 * Orders the needs and assigns their keys: required keys, and optional ones from a table that is itself limited by a condition.
 * A key that would create a cycle is left out; if it is required, it comes from its parent.
 */
function withKeys(needs: readonly Need[], candidates: ReadonlyMap<string, readonly KeyFrom[]>): Need[] {
  const byName = new Map(needs.map(n => [keyOf(n.relation.schema, n.relation.name), n] as const))
  const chosen = new Map<string, KeyFrom[]>()
  const isLimited = (name: string): boolean =>
    byName.get(name)!.equals.size > 0 || (chosen.get(name) ?? []).some(k => isLimited(k.source.relation))
  const reaches = (from: string, to: string): boolean =>
    from === to || (chosen.get(from) ?? []).some(k => reaches(k.source.relation, to))
  const choose = (isWanted: (name: string, key: KeyFrom) => boolean): boolean => {
    let isChanged = false
    for (const [name, keys] of candidates)
      for (const key of keys) {
        const own = chosen.get(name) ?? []
        if (own.some(k => placeKey(k.place) === placeKey(key.place))) continue
        if (byName.get(name)!.equals.has(placeKey(key.place)) || reaches(key.source.relation, name)) continue
        // keys of several tables would form a cross product, so they come from one table
        if (own.some(k => k.source.relation !== key.source.relation)) continue
        if (!isWanted(name, key)) continue
        chosen.set(name, [...own, key])
        isChanged = true
      }
    return isChanged
  }
  const isRequired = (name: string, { place }: KeyFrom): boolean => {
    const { relation, equals } = byName.get(name)!
    const sets = requiredKeys(relation).map(set => set.filter(key => !equals.has(key)))
    return (
      sets.length > 0 && sets.every(set => set.length > 0) && sets.some(set => set.includes(placeKey(place)))
    )
  }
  choose((name, key) => isRequired(name, key) && isLimited(key.source.relation))
  choose(isRequired)
  // the base URL of the rows whose ids are taken
  choose((name, { place, source }) => {
    const { relation } = byName.get(name)!
    const isAddress = paramsOf(relation, place).some(p => p.in === 'host')
    return isAddress && (chosen.get(name) ?? []).some(k => k.source.relation === source.relation)
  })
  while (choose((_, key) => isLimited(key.source.relation)));
  const ordered = new Set<string>()
  const visit = (name: string): void => {
    for (const { source } of chosen.get(name) ?? []) visit(source.relation)
    ordered.add(name)
  }
  for (const name of byName.keys()) visit(name)
  return [...ordered].map(name => ({ ...byName.get(name)!, keys: chosen.get(name) ?? [] }))
}

/** A condition on an input column without a value would be false for every row. */
function checkInputs({ compared, scans }: PlanScans, needs: readonly Need[]): void {
  for (const { ref } of compared) {
    const relation = scans.find(s => s.alias === ref.alias)?.relation
    if (!relation || !isOptionalInput(relation, ref.column)) continue
    const need = needs.find(n => n.relation === relation)!
    const isGiven = need.equals.has(ref.column) || need.keys.some(k => k.place.column === ref.column)
    if (!isGiven)
      throw new SqlError(
        '42P10',
        `a condition on ${ref.column} must give its value, as ${ref.column} = '…' or IN`,
        {
          hint: `${ref.column} is an input of ${relation.schema}.${relation.name}: its rows have only the value that they are asked with`,
        },
      )
  }
}

/** Masked values are equal although the secrets may differ. */
function checkSecrets({ compared, sortKeys, scans }: PlanScans): void {
  const check = (ref: ColumnRef, text: string): void => {
    const relation = scans.find(s => s.alias === ref.alias)?.relation
    const secret = relation?.secrets.find(path => {
      const parts = path.replaceAll('[]', '').split('.')
      if (parts[0] !== ref.column) return false
      if (parts.length === 1) return true
      return parts.at(-1) === ref.path.at(-1) || text.includes(`'${parts.at(-1)!}'`)
    })
    if (secret !== undefined)
      throw new SqlError('42P10', `${secret} is a masked secret: it cannot be compared, nor sorted by`)
  }
  for (const { ref, text, isNullTest } of compared) if (!isNullTest) check(ref, text)
  for (const key of sortKeys) for (const ref of refsWithin(key, scans)) check(ref, key)
}
