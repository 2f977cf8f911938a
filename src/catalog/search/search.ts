import type { Catalog } from '../types.ts'
import { documentsOf, type Document } from './documents.ts'
import { wantedOf } from './words.ts'

/** The weight of a synonym of the user's word. */
const SYNONYM = 0.7
/** The weight of a word that has only its beginning in common with the user's word. */
const PREFIX = 0.5
const SHORTEST_PREFIX = 4
/** The factor for views, which answer common questions over all clusters. */
const VIEW = 1.2

/** Finds tables by words: of their names, summaries, columns and known values. */
export class TableSearch {
  readonly #documents: readonly Document[]
  /** The number of tables that have a stem. */
  readonly #frequency = new Map<string, number>()

  constructor(catalog: Catalog) {
    this.#documents = documentsOf(catalog)
    for (const { weights } of this.#documents)
      for (const stem of weights.keys()) this.#frequency.set(stem, (this.#frequency.get(stem) ?? 0) + 1)
  }

  get tables(): readonly Document[] {
    return this.#documents
  }

  /** The best tables for a text, the best first. */
  find(text: string, limit: number): Document[] {
    const wanted = wantedOf(text)
    return this.#documents
      .map(document => ({ document, score: this.#score(document, wanted) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score || a.document.name.length - b.document.name.length)
      .slice(0, limit)
      .map(({ document }) => document)
  }

  #score({ weights, view }: Document, wanted: readonly (readonly string[])[]): number {
    let sum = 0
    let found = 0
    for (const group of wanted) {
      const best = Math.max(
        0,
        ...group.map((stem, i) => this.#worth(weights, stem) * (i === 0 ? 1 : SYNONYM)),
      )
      if (best > 0) found++
      sum += best
    }
    return wanted.length === 0 ? 0 : (sum * (view ? VIEW : 1) * (1 + found)) / (1 + wanted.length)
  }

  #worth(weights: ReadonlyMap<string, number>, stem: string): number {
    const exact = weights.get(stem)
    if (exact !== undefined) return exact * this.#rarity(stem)
    if (stem.length < SHORTEST_PREFIX) return 0
    let best = 0
    for (const [other, weight] of weights)
      if (other.length >= SHORTEST_PREFIX && (other.startsWith(stem) || stem.startsWith(other)))
        best = Math.max(best, weight * PREFIX * this.#rarity(other))
    return best
  }

  #rarity(stem: string): number {
    return Math.log(1 + this.#documents.length / (this.#frequency.get(stem) ?? 1))
  }
}
