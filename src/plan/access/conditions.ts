import { keyParts } from '../../catalog/keys.ts'
import { PROFILE } from '../../catalog/profiles.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  keyOf,
  type ColumnPath,
  type BoundCore,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import { originsOf } from '../binding/origins.ts'
import { conjunctsOf, type Conjunct } from '../predicates/conjuncts.ts'
import type { ExpressionAnalysis } from '../predicates/analysis.ts'
import { ConstraintReader } from '../predicates/constraint-reader.ts'
import { UNCONSTRAINED, both, type Disjunction, type Operand } from '../predicates/constraints.ts'
import { groupKeys } from '../predicates/grouping.ts'

/**
 * All conditions of a statement, and what they say about each relation, those of the queries around it included: for each
 * key, where its values can come from.
 */
export class Conditions {
  readonly binder: Binder
  readonly analysis: ExpressionAnalysis
  readonly #reader: ConstraintReader
  readonly #conjuncts = new Map<BoundCore, readonly Conjunct[]>()
  /** The relation that reads a query, if it is the only reader. */
  readonly #readerOf = new Map<BoundQuery, Relation>()
  readonly #relationOf = new Map<TableRef, Relation>()
  readonly #known = new Map<Relation, Disjunction>()
  readonly #passingOf = new Map<BoundCore, ReadonlySet<number> | 'all' | 'none'>()
  readonly #supplied = new Map<Relation, Disjunction>()
  /** The keys that a query gives to the relation that reads it, in the order of its result columns. */
  readonly #keysOf = new Map<BoundQuery, readonly string[]>()

  constructor(analysis: ExpressionAnalysis, root: BoundQuery) {
    this.binder = analysis.binder
    this.analysis = analysis
    this.#reader = new ConstraintReader(analysis)
    this.#addCores(root)
  }

  #addCores(root: BoundQuery): void {
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

  /** The constraints that one condition puts on a relation. */
  constraintsIn(condition: Expression, relation: Relation): Disjunction {
    return this.#reader.condition(condition, relation)
  }

  /** Whether a condition of any query of the statement has a column of a relation, by itself or through the queries around. */
  mentions(relation: Relation, column: string): boolean {
    return [...this.#conjuncts.values()]
      .flat()
      .flatMap(({ condition }) => this.binder.columnsIn(condition))
      .flatMap(c => originsOf(c))
      .some(origin => origin.relation === relation && origin.column === column)
  }

  /** The relation that a table reference is. */
  relationOf(ref: TableRef): Relation {
    return this.#relationOf.get(ref)!
  }

  /** The derived table or CTE reference that a query is read by; undefined for a subquery, or a CTE that is read more than once. */
  readerOf(query: BoundQuery): Relation | undefined {
    return this.#readerOf.get(query)
  }

  /** Takes keys of a relation from a query that is not part of the statement: the constraints on these keys hold in it as well. */
  addKeyQuery(query: BoundQuery, relation: Relation, keys: readonly string[]): void {
    this.#addCores(query)
    this.#readerOf.set(query, relation)
    this.#keysOf.set(query, keys)
  }

  /** Adds to the constraints on a relation the keys that it takes from such queries. */
  supply(relation: Relation, constraints: Disjunction): void {
    this.#supplied.set(relation, constraints)
  }

  /** The constraints on a relation: from its own core, from the queries that read this core, and the keys that were supplied. */
  of(relation: Relation): Disjunction {
    return this.#supplied.get(relation) ?? this.#stated(relation)
  }

  /** The constraints that the statement states. */
  #stated(relation: Relation): Disjunction {
    const known = this.#known.get(relation)
    if (known) return known
    this.#known.set(relation, UNCONSTRAINED)
    const own = this.#reader.of(relation, this.conjunctsOf(relation.core))
    const all = both(both(own, ofProfile(relation)), this.#pushedDown(relation))
    this.#known.set(relation, all)
    return all
  }

  /** Whether a condition on result columns of a core can be evaluated on its rows, for those columns that `sourceOf` knows. */
  passesConditions(core: BoundCore): boolean {
    return core.outputs !== undefined && !core.parent.query.limit && this.#passing(core) !== undefined
  }

  /**
   * The column of a relation of `core` that a column of the relation which reads the core is, if every row has it: of a
   * core that groups its rows, only a group key is.
   */
  sourceOf(core: BoundCore, reader: Relation, column: string): ColumnPath | undefined {
    const index = this.#indexOf(core, reader, column)
    const passing = this.#passing(core)
    return passing === 'all' || passing?.has(index) ? core.outputs?.[index]?.from : undefined
  }

  #indexOf(core: BoundCore, reader: Relation, column: string): number {
    const names = this.#keysOf.get(core.parent) ?? reader.columns?.map(c => c.name) ?? []
    return names.findIndex(name => name.toLowerCase() === column.toLowerCase())
  }

  /** The result columns of a core on which a condition removes whole rows or groups; undefined if it combines all its rows. */
  #passing(core: BoundCore): ReadonlySet<number> | 'all' | undefined {
    const known = this.#passingOf.get(core)
    if (known !== undefined) return known === 'none' ? undefined : known
    const isCombined = this.analysis.combinesRows(core)
    const passing = isCombined ? groupKeys(core, this.binder) : 'all'
    this.#passingOf.set(core, passing ?? 'none')
    return passing
  }

  /** The constraints on the derived table or CTE around a relation, translated to the relation's columns. */
  #pushedDown(relation: Relation): Disjunction {
    const { core } = relation
    const reader = this.#readerOf.get(core.parent)
    if (!reader || !this.passesConditions(core)) return UNCONSTRAINED
    const isKeyQuery = this.#keysOf.has(core.parent)
    const isExcluded = (key: string, operands: readonly Operand[]): boolean => {
      const constants = core.outputs![this.#indexOf(core, reader, key)]?.constants
      const isOther = (o: Operand): boolean =>
        o.kind === 'values' && o.values.every(v => typeof v === 'string' && !constants!.includes(v))
      return constants !== undefined && operands.some(isOther)
    }
    const translate = (key: string): string | undefined => {
      const [name, ...rest] = isKeyQuery ? [key] : keyParts(key)
      const from = this.sourceOf(core, reader, name!)
      if (from?.relation !== relation) return undefined
      return keyOf({ column: from.column, path: [...from.path, ...rest] })
    }
    return this.#stated(reader).flatMap(conjunction =>
      [...conjunction].some(([key, operands]) => isExcluded(key, operands))
        ? []
        : [
            new Map(
              [...conjunction].flatMap(([key, operands]) => {
                const inner = translate(key)
                return inner === undefined ? [] : [[inner, operands] as const]
              }),
            ),
          ],
    )
  }
}

/** Of a table in the part of a view that is of one profile: that profile. */
function ofProfile(relation: Relation): Disjunction {
  if (relation.kind !== 'ref' || relation.ref.profile === undefined) return UNCONSTRAINED
  return [new Map([[PROFILE, [{ kind: 'values', values: [relation.ref.profile] }]]])]
}
