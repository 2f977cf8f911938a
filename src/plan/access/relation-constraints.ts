import type { Functions } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  keyOf,
  keyParts,
  type BoundCore,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import { conjunctsOf, type Conjunct } from '../predicates/conjuncts.ts'
import type { ConstraintReader } from '../predicates/constraint-reader.ts'
import { UNCONSTRAINED, both, type Disjunction } from '../predicates/constraints.ts'
import { combinesRows, groupKeys } from './grouping.ts'

/** What all conditions of a statement say about each relation, those of the queries around it included. */
export class RelationConstraints {
  readonly #binder: Binder
  readonly #reader: ConstraintReader
  readonly #functions: Functions
  readonly #conjuncts = new Map<BoundCore, readonly Conjunct[]>()
  /** The relation that reads a query, if it is the only reader. */
  readonly #readerOf = new Map<BoundQuery, Relation>()
  readonly #relationOf = new Map<TableRef, Relation>()
  readonly #known = new Map<Relation, Disjunction>()

  constructor(binder: Binder, reader: ConstraintReader, functions: Functions, root: BoundQuery) {
    this.#binder = binder
    this.#reader = reader
    this.#functions = functions
    for (const core of coresOf(root)) {
      this.#conjuncts.set(core, conjunctsOf(core))
      for (const relation of core.relations) this.#add(relation)
    }
  }

  #add(relation: Relation): void {
    if (relation.kind === 'ref') this.#relationOf.set(relation.ref, relation)
    else if (relation.kind === 'derived') this.#readerOf.set(relation.query, relation)
    else if (relation.kind === 'cte') {
      const { uses, recursive, query } = relation.cte
      if (uses === 1 && !recursive && query) this.#readerOf.set(query, relation)
    }
  }

  /** All cores of the statement. */
  get cores(): readonly BoundCore[] {
    return [...this.#conjuncts.keys()]
  }

  /** The conjuncts of WHERE and of every ON of a core. */
  conjunctsOf(core: BoundCore): readonly Conjunct[] {
    return this.#conjuncts.get(core) ?? []
  }

  /** The relation that a table reference is. */
  relationOf(ref: TableRef): Relation {
    return this.#relationOf.get(ref)!
  }

  /** The derived table or CTE reference that a query is read by; undefined for a subquery, or a CTE that is read more than once. */
  readerOf(query: BoundQuery): Relation | undefined {
    return this.#readerOf.get(query)
  }

  /** The constraints on a relation: from its own core, and from the queries that read this core. */
  of(relation: Relation): Disjunction {
    const known = this.#known.get(relation)
    if (known) return known
    this.#known.set(relation, UNCONSTRAINED)
    const own = this.#reader.of(relation, this.conjunctsOf(relation.core))
    const all = both(own, this.#pushedDown(relation))
    this.#known.set(relation, all)
    return all
  }

  /** The constraints on the derived table or CTE around a relation, translated to the relation's columns. */
  #pushedDown(relation: Relation): Disjunction {
    const query = relation.core.parent
    const reader = this.#readerOf.get(query)
    const { outputs } = relation.core
    if (!reader || !outputs || query.query.limit) return UNCONSTRAINED
    const isCombined = combinesRows(relation.core, this.#functions)
    const groupedBy = isCombined ? groupKeys(relation.core, this.#binder) : undefined
    if (isCombined && groupedBy === undefined) return UNCONSTRAINED
    const names = reader.columns?.map(c => c.name.toLowerCase()) ?? []
    const translate = (key: string): string | undefined => {
      const [name, ...rest] = keyParts(key)
      const index = names.indexOf(name!.toLowerCase())
      const from = outputs[index]?.from
      if (!from || from.relation !== relation || groupedBy?.has(index) === false) return undefined
      return keyOf({ column: from.column, path: [...from.path, ...rest] })
    }
    return this.of(reader).map(
      conjunction =>
        new Map(
          [...conjunction].flatMap(([key, operands]) => {
            const inner = translate(key)
            return inner === undefined ? [] : [[inner, operands] as const]
          }),
        ),
    )
  }
}
