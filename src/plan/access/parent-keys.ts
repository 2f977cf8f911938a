import { keyParts } from '../../catalog/keys.ts'
import type { Catalog, Method, Param, Parent, Resource } from '../../catalog/types.ts'
import { aliasApart, refsOf, type Relation, type TableRef } from '../binding/bound.ts'
import type { PlanContext } from '../context.ts'
import { keysOf } from '../key-sources.ts'
import { fullName } from '../names.ts'
import type { Scan } from '../plan.ts'
import type { Conjunction, Disjunction, Operand } from '../predicates/constraints.ts'
import { columnText } from '../splice.ts'
import { covers, neededFor } from './covers.ts'
import { keySourceOf, type KeySource } from './parent-query.ts'
import type { Conditions } from './conditions.ts'

/** The required parameters that a statement does not give for a table, and what gives them. */
interface Supply {
  readonly params: readonly Param[]
  readonly sources: readonly KeySource[]
}

/** Gives tables the keys that the statement does not give: from the parents that their provider files name. */
export class ParentKeys {
  readonly #context: PlanContext
  readonly #conditions: Conditions
  readonly #supplies = new Map<TableRef, Supply>()
  /** By parent: the table whose keys it gives. */
  readonly #feeds = new Map<TableRef, TableRef>()

  constructor(context: PlanContext, conditions: Conditions) {
    this.#context = context
    this.#conditions = conditions
  }

  /**
   * Supplies the keys that no condition gives to tables, and to their parents in turn. Returns the parents, which are
   * tables to plan as well.
   */
  supplyAll(refs: readonly TableRef[]): TableRef[] {
    const added: TableRef[] = []
    for (let todo = [...refs]; todo.length > 0;) {
      todo = todo.flatMap(ref => this.#supply(ref, operands => operands.length > 0))
      added.push(...todo)
    }
    return added
  }

  /**
   * For tables that depend on each other: supplies the keys of the one that requires the fewest, where no operand can be
   * read. Returns its parents; undefined if no table has any.
   */
  supplyOne(refs: readonly TableRef[], isAvailable: (o: Operand) => boolean): TableRef[] | undefined {
    const required = ({ resource }: TableRef): number =>
      Math.min(
        ...resource.methods
          .filter(m => m.verb === 'select')
          .map(m => m.params.filter(p => p.required).length),
      )
    const open = refs.filter(ref => !this.#supplies.has(ref))
    for (const ref of open.toSorted((a, b) => required(a) - required(b))) {
      const added = this.#supply(ref, operands => operands.some(isAvailable))
      if (this.#supplies.has(ref)) return [...added, ...this.supplyAll(added)]
    }
    return undefined
  }

  /**
   * The methods to choose from where keys were supplied: a thing whose id the statement gives is looked for in the lists of
   * all parents, because a get is an error below each parent that does not have it.
   */
  lists(ref: TableRef, methods: readonly Method[]): readonly Method[] {
    const supply = this.#supplies.get(ref)
    if (!supply) return methods
    const keys = new Set(supply.sources.flatMap(s => keysOf(s.parent)))
    const known = this.#conditions.of(this.#conditions.relationOf(ref))
    const lists = methods.filter(
      m => !m.single || m.params.every(p => p.in !== 'path' || keys.has(p.column!)),
    )
    const isUsable = (m: Method): boolean =>
      neededFor(m, ref, known, this.#context).every(p => known.every(c => c.has(p.column!)))
    return lists.some(isUsable) ? lists : methods
  }

  /** Where the supplied keys of a table come from, and which table it gives keys to itself. */
  describe(ref: TableRef): Pick<Scan, 'parents' | 'feeds'> {
    const supply = this.#supplies.get(ref)
    const parents = supply?.sources.map(({ parent, where }) => ({
      params: supply.params.filter(p => parentOf(ref, p) === parent).map(p => p.name),
      keys: keysOf(parent),
      ...('table' in parent && { table: parent.table }),
      ...(where !== undefined && { where }),
    }))
    const child = this.#feeds.get(ref)
    return { ...(parents && { parents }), ...(child && { feeds: this.#feedsOf(child) }) }
  }

  #feedsOf(child: TableRef): NonNullable<Scan['feeds']> {
    let named = child
    for (let next = this.#feeds.get(named); next; next = this.#feeds.get(named)) named = next
    const params = this.#supplies.get(named)!.params.map(p => p.name)
    return { id: child.id, table: fullName(named.resource), params }
  }

  #supply(ref: TableRef, isKnown: (operands: readonly Operand[]) => boolean): TableRef[] {
    const relation = this.#conditions.relationOf(ref)
    if (this.#context.requireKeys || !ref.resource.parents?.length) return []
    if (relation.kind !== 'ref' || ref.exec || this.#supplies.has(ref)) return []
    const stated = this.#conditions.of(relation)
    const has = (c: Conjunction, key: string): boolean => isKnown(c.get(key) ?? [])
    const params = this.#missing(ref, key => stated.every(c => has(c, key)))
    if (!params) return []
    const joined = this.#withUrlOfRow(ref, params, stated)
    if (joined) {
      this.#conditions.supply(relation, joined)
      return []
    }
    const parents = [...new Set(params.map(p => parentOf(ref, p)!))]
    const sources = parents.map(parent => keySourceOf(parent, relation, this.#conditions))
    this.#supplies.set(ref, { params, sources })
    for (const { query, parent } of sources)
      if (query) this.#conditions.addKeyQuery(query, relation, keysOf(parent))
    const supplied = sources.reduce((all, { parent, operands }) => {
      const wanted = params.flatMap(p => (parentOf(ref, p) === parent ? [p.column!] : []))
      return all.map(c => (wanted.every(key => has(c, key)) ? c : withOperands(c, operands)))
    }, stated)
    this.#conditions.supply(relation, supplied)
    const added = sources.flatMap(({ query }) => (query ? refsOf(query) : []))
    for (const parent of added) this.#feeds.set(parent, ref)
    return added
  }

  /**
   * The conditions on a table with the base URL of each call, where only that is missing, and the ids of the resources are
   * those of rows of the parent that the statement joins: the URL is taken from the same rows.
   */
  #withUrlOfRow(ref: TableRef, params: readonly Param[], stated: Disjunction): Disjunction | undefined {
    const [param, another] = params
    if (param?.in !== 'host' || another) return undefined
    const parent = parentOf(ref, param)!
    if (!('table' in parent)) return undefined
    const { catalog } = this.#context
    const ids = idKeys(ref.resource, catalog)
    const urlOf = (conjunction: Conjunction): Operand | undefined => {
      for (const [key, column] of Object.entries(parent.keys)) {
        if (!ids.includes(key)) continue
        for (const operand of conjunction.get(key) ?? []) {
          const source = operand.kind === 'rows' ? operand.column : undefined
          if (
            source?.relation.kind === 'ref'
            && fullName(source.relation.ref.resource) === parent.table
            && source.key === column
          )
            return columnOfRow(source.relation, parent.keys[param.column!]!)
        }
      }
      return undefined
    }
    const urls = stated.map(urlOf)
    return urls.includes(undefined)
      ? undefined
      : stated.map((conjunction, i) => withOperands(conjunction, new Map([[param.column!, urls[i]!]])))
  }

  /** The fewest missing parameters of a method that have parents; undefined if a method misses none, or no method has parents for all. */
  #missing(ref: TableRef, isKnown: (key: string) => boolean): readonly Param[] | undefined {
    const stated = this.#conditions.of(this.#conditions.relationOf(ref))
    const missing = ref.resource.methods
      .filter(m => m.verb === 'select' && covers(m, ref) && allowsParents(m, stated))
      .map(m =>
        neededFor(m, ref, stated, this.#context).filter(p => p.column === undefined || !isKnown(p.column)),
      )
      .toSorted((a, b) => a.length - b.length)
    if (missing[0]?.length === 0) return undefined
    return missing.find(params => params.every(p => parentOf(ref, p) !== undefined))
  }
}

/** Whether the values that conditions give keys are those for which a method takes keys from parents. */
function allowsParents({ parentsIf = {} }: Method, stated: Disjunction): boolean {
  return Object.entries(parentsIf).every(([key, start]) =>
    stated.every(conjunction =>
      conjunction
        .get(key)
        ?.some(o => o.kind === 'values' && o.values.every(v => String(v).startsWith(start))),
    ),
  )
}

function parentOf({ resource }: TableRef, { column }: Param): Parent | undefined {
  return column === undefined ? undefined : resource.parents?.find(p => keysOf(p).includes(column))
}

/** The keys that identify the resource of a base URL: the cluster of its REST endpoint. */
function idKeys({ provider, methods }: Resource, catalog: Catalog): readonly string[] {
  const { hosts = {} } = catalog.provider(provider) ?? {}
  return methods.flatMap(({ host, params }) =>
    params.flatMap(p => (hosts[host]?.resource?.params.includes(p.name) ? (p.column ?? []) : [])),
  )
}

/** The values of a column in the rows of a table; those that have none count as an empty text. */
function columnOfRow(relation: Extract<Relation, { kind: 'ref' }>, path: string): Operand {
  const [name, ...fields] = keyParts(path)
  relation.ref.used.add(name!.toLowerCase())
  return {
    kind: 'rows',
    core: relation.core,
    relations: [relation],
    sql: `coalesce(${columnText(aliasApart(relation), name!, fields)}, '')`,
    text: `${relation.alias}.${path}`,
    isImplied: true,
  }
}

function withOperands(conjunction: Conjunction, operands: ReadonlyMap<string, Operand>): Conjunction {
  const merged = new Map(conjunction)
  for (const [key, operand] of operands) merged.set(key, [...(merged.get(key) ?? []), operand])
  return merged
}
