import type { Catalog } from '../types.ts'
import { documentsOf, type Document } from './documents.ts'
import { isStop, wantedOf } from './words.ts'

/** The weight of a synonym of the user's word. */
const SYNONYM = 0.7
/** The weight of a word that has only its beginning in common with the user's word. */
const PREFIX = 0.5
const SHORTEST_PREFIX = 4
/** More words than these are a question. */
const FEW = 2
/** How much later a place counts that has only the beginning of a word, or a synonym. */
const PART = 0.5
const AFTER_OTHERS = 5
/** The factor for views, which answer common questions over all clusters. */
const VIEW = 1.3

interface Hit {
  readonly place: number
  readonly score: number
}

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

  /**
   * The best tables for a text, the best first. For a few words those that have them in the most telling places; for a question, which
   * has words that say little, those that have most of them.
   */
  find(text: string, limit: number): Document[] {
    const wanted = wantedOf(text)
    const isQuestion = wanted.length > FEW
    return this.#documents
      .map(document => ({ document, ...this.#rank(document, wanted) }))
      .filter(({ found }) => found > 0)
      .toSorted(
        (a, b) =>
          (isQuestion
            ? b.score * (1 + b.found) - a.score * (1 + a.found)
            : b.found - a.found || a.place - b.place)
          || b.score - a.score
          || a.document.name.length - b.document.name.length,
      )
      .slice(0, limit)
      .map(({ document }) => document)
  }

  #rank(
    document: Document,
    wanted: readonly (readonly string[])[],
  ): { readonly found: number; readonly place: number; readonly score: number } {
    let [found, place, score] = [0, 0, 0]
    for (const group of wanted) {
      const all = group.flatMap((stem, i) => this.#hits(document, stem, i > 0))
      if (all.length === 0) continue
      found++
      place += Math.min(...all.map(hit => hit.place))
      score += Math.max(...all.map(hit => hit.score))
    }
    return { found, place, score: score * document.interest * (document.view ? VIEW : 1) }
  }
  /** Where a stem occurs in a document, or a stem that begins with it or that it begins with. */
  #hits({ weights, places }: Document, stem: string, isSynonym: boolean): Hit[] {
    const hit = (found: string, isWhole: boolean): Hit => ({
      place: places.get(found)! + (isWhole ? 0 : PART) + (isSynonym ? AFTER_OTHERS : 0),
      score: weights.get(found)! * this.#rarity(found) * (isWhole ? 1 : PREFIX) * (isSynonym ? SYNONYM : 1),
    })
    if (weights.has(stem)) return [hit(stem, true)]
    if (stem.length < SHORTEST_PREFIX || isStop(stem)) return []
    return [...weights.keys()]
      .filter(
        other =>
          other.length >= SHORTEST_PREFIX
          && (other.startsWith(stem) || stem.startsWith(other))
          && !isStop(other),
      )
      .map(other => hit(other, false))
  }

  #rarity(stem: string): number {
    return Math.log(1 + this.#documents.length / (this.#frequency.get(stem) ?? 1))
  }
}
