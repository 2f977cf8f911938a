import { keyParts } from '../../catalog/keys.ts'
import type { Column, Json, Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Comparison, Expression, InList } from '../../sql/expression.ts'
import { keyOf, pathOf, type ColumnPath, type Relation } from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { originsOf } from '../binding/origins.ts'
import { ownNodes } from '../binding/traverse.ts'
import type { QueryParts } from '../plan.ts'
import { quote } from '../splice.ts'
import { onFilters } from '../predicates/conjuncts.ts'
import type { Conjunction } from '../predicates/constraints.ts'
import type { Conditions } from './conditions.ts'

type RefRelation = Extract<Relation, { kind: 'ref' }>

/** Reads what a statement gives to the body of a query: the labels that it names, and its conditions on them. */
export class QueryPartReader {
  readonly #conditions: Conditions

  constructor(conditions: Conditions) {
    this.#conditions = conditions
  }

  /**
   * The parts of the body of a method's calls.
   * @param bound keys whose values the calls have as parameters
   */
  of(relation: RefRelation, method: Method, bound: ReadonlySet<string>): QueryParts {
    const labels = labelColumns(method, relation.ref.resource.columns)
    const groups = new Set<string>()
    for (const column of this.#conditions.binder.columns())
      for (const origin of originsOf(pathOf(column))) {
        const prefix = labels.get(origin.column)
        if (origin.relation !== relation || prefix === undefined || origin.path.length === 0) continue
        if (origin.path.some(name => name.includes('.'))) throw quotedLabel(origin)
        groups.add(prefix + origin.path.join('.'))
      }
    for (const key of bound) groups.add(labelOf(key, labels) ?? '')
    groups.delete('')
    const filters = [
      this.#constraintFilter(relation, labels, bound),
      ...this.#conditions
        .conjunctsOf(relation.core)
        .filter(c => !c.join || onFilters(relation.core, c.join, relation))
        .filter(c => ownNodes(c.condition).some(isNegation))
        .map(c => this.#filter(c.condition, relation, labels)),
    ].filter(f => f !== undefined)
    const filter = filters.length > 1 ? { op: 'AND', filters: filters.flatMap(conjuncts) } : filters[0]
    return { groups: [...groups].sort(), ...(filter !== undefined && { filter }) }
  }

  /** Whether the calls of a method filter by a condition of the relation's own query. */
  filters(condition: Expression, relation: Relation, method: Method): boolean {
    if (method.queryBody?.filter === undefined || relation.kind !== 'ref') return false
    return (
      this.#filter(condition, relation, labelColumns(method, relation.ref.resource.columns)) !== undefined
    )
  }

  /** What the labels must equal, by all conditions on the relation, those of the queries around it included. */
  #constraintFilter(
    relation: RefRelation,
    labels: ReadonlyMap<string, string>,
    bound: ReadonlySet<string>,
  ): Json | undefined {
    const parts = this.#conditions.of(relation).map(c => conjunctionFilter(c, labels, bound))
    if (parts.length === 0 || parts.includes(undefined)) return undefined
    const distinct = [...new Map(parts.map(part => [JSON.stringify(part), part!])).values()]
    return distinct.length === 1 ? distinct[0] : { op: 'OR', filters: distinct }
  }

  /** A condition on labels alone; undefined for one that says anything else. */
  #filter(e: Expression, relation: RefRelation, labels: ReadonlyMap<string, string>): Json | undefined {
    switch (e.kind) {
      case 'and':
      case 'or': {
        const filters = e.operands.map(x => this.#filter(x, relation, labels))
        return filters.includes(undefined)
          ? undefined
          : { op: e.kind.toUpperCase(), filters: filters as Json[] }
      }
      case 'not': {
        const filter = this.#filter(e.operand, relation, labels)
        return filter === undefined ? undefined : { op: 'NOT', filter }
      }
      case 'comparison':
        return this.#comparison(e, relation, labels)
      case 'in list':
        return this.#inList(e, relation, labels)
      default:
        return undefined
    }
  }

  #comparison(
    { operator, left, right }: Comparison,
    relation: RefRelation,
    labels: ReadonlyMap<string, string>,
  ): Json | undefined {
    if (operator !== '=' && operator !== '<>') return undefined
    const field = this.#label(left, relation, labels) ?? this.#label(right, relation, labels)
    const values = this.#texts([this.#label(left, relation, labels) === undefined ? left : right])
    if (field === undefined || !values) return undefined
    const test = { field, op: 'EQ', value: values[0]! }
    return operator === '=' ? test : { op: 'NOT', filter: test }
  }

  #inList(
    { left, list, negated }: InList,
    relation: RefRelation,
    labels: ReadonlyMap<string, string>,
  ): Json | undefined {
    const field = this.#label(left, relation, labels)
    const values = this.#texts(list)
    if (field === undefined || !values || values.length === 0) return undefined
    const test = anyOf(field, values)
    return negated ? { op: 'NOT', filter: test } : test
  }

  #label(e: Expression, relation: RefRelation, labels: ReadonlyMap<string, string>): string | undefined {
    const column = this.#conditions.binder.columnOf(e)
    return column?.relation === relation && !column.merged ? labelOf(keyOf(column), labels) : undefined
  }

  #texts(constants: readonly Expression[]): readonly string[] | undefined {
    if (!constants.every(e => this.#conditions.analysis.isConstant(e) && !hasCollate(e))) return undefined
    const values = this.#conditions.analysis.values(constants)
    return values?.every(v => typeof v === 'string') ? values : undefined
  }
}

/** The columns that are made of labels, and the beginning of the labels' names. */
function labelColumns(method: Method, columns: readonly Column[]): ReadonlyMap<string, string> {
  return new Map(
    (method.columns ?? columns).flatMap(c => (c.at?.endsWith('.*') ? [[c.name, c.at.slice(0, -1)]] : [])),
  )
}

/** The name that the API has for a label; undefined if the key is none. */
function labelOf(key: string, labels: ReadonlyMap<string, string>): string | undefined {
  const [column, ...path] = keyParts(key)
  const prefix = labels.get(column!)
  return prefix === undefined || path.length === 0 ? undefined : prefix + path.join('.')
}

function conjuncts(filter: Json): readonly Json[] {
  const { op, filters } = filter as { readonly op?: Json; readonly filters?: readonly Json[] }
  return op === 'AND' && filters ? filters : [filter]
}

function conjunctionFilter(
  conjunction: Conjunction,
  labels: ReadonlyMap<string, string>,
  bound: ReadonlySet<string>,
): Json | undefined {
  const tests = [...conjunction].flatMap(([key, operands]) => {
    const field = bound.has(key) ? undefined : labelOf(key, labels)
    if (field === undefined) return []
    return operands.flatMap(o =>
      o.kind === 'values' && o.values.every(v => typeof v === 'string') ? [anyOf(field, o.values)] : [],
    )
  })
  if (tests.length === 0) return undefined
  return tests.length === 1 ? tests[0]! : { op: 'AND', filters: tests }
}

function anyOf(field: string, values: readonly string[]): Json {
  const tests = values.map(value => ({ field, op: 'EQ', value }))
  return tests.length === 1 ? tests[0]! : { op: 'OR', filters: tests }
}

function isNegation(e: Expression): boolean {
  return (
    e.kind === 'not'
    || (e.kind === 'comparison' && e.operator === '<>')
    || (e.kind === 'in list' && e.negated)
  )
}

/** The error for a label with a dot in quotes: rows have labels as nested objects, so that it would be NULL in all. */
function quotedLabel({ column, path }: ColumnPath): ConfluentqlError {
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `${column} has no field ${path.map(quote).join('.')}: the parts of a label are names of their own`,
    { hint: `write ${[column, ...path].join('.')}` },
  )
}
