import type { Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import { withArticle } from './page-shape.ts'
import type { TypeMismatch } from './typed-page.ts'

/** Dotted paths, in lower case, of what a statement computes with; or that rows are the answer of a change. */
export type Computes = readonly string[] | 'an answer'

/**
 * Values that do not fit their declared types. If the statement computes with them, they are an error: a condition on them would
 * silently find the wrong rows. If it only shows them, a notice says so. The answer of a change is always shown: it may have a
 * secret that the API never shows again.
 */
export class TypeMismatches {
  readonly #resource: Resource
  readonly #computes: Computes | undefined
  readonly #shown = new Map<string, { readonly first: TypeMismatch; count: number }>()

  /** @param computes undefined: it may compute with all of them */
  constructor(resource: Resource, computes: Computes | undefined) {
    this.#resource = resource
    this.#computes = computes
  }

  /** @throws ConfluentqlError RESPONSE if the value cannot be left as it is; `request`: the one that was answered */
  add(mismatch: TypeMismatch, request: string): void {
    const { name, isKept } = mismatch
    const isError = this.#computes !== 'an answer' && (!isKept || this.#isComputed(name, this.#computes))
    if (isError) throw this.#error(mismatch, request)
    const known = this.#shown.get(name)
    if (known) known.count++
    else this.#shown.set(name, { first: mismatch, count: 1 })
  }

  #isComputed(name: string, computes: readonly string[] | undefined): boolean {
    const path = name.replaceAll('[]', '').toLowerCase()
    const isBelow = (inner: string, outer: string): boolean => `${inner}.`.startsWith(`${outer}.`)
    return computes?.some(read => isBelow(read, path) || isBelow(path, read)) ?? true
  }

  #error({ name, type, found }: TypeMismatch, request: string): ConfluentqlError {
    return new ConfluentqlError(
      'RESPONSE',
      `${request}: the answer has ${withArticle(found)} in ${name} of ${fullName(this.#resource)} where ${withArticle(type)} was expected`,
      {
        hint: `the server does not answer as documented; a statement that does not read ${name.replace(/[.[].*/s, '')} can be answered`,
      },
    )
  }

  /** Emits a notice for each column, or field in one, that is shown as it was answered. */
  report({ onNotice }: { readonly onNotice?: ((text: string) => void) | undefined }): void {
    for (const [name, { first, count }] of this.#shown) {
      const what = `${withArticle(first.found)} where ${withArticle(first.type)} was expected`
      const more = count === 1 ? '' : `, and likewise ${count - 1} more`
      onNotice?.(
        `${fullName(this.#resource)}: the API answered with ${what} in ${name}${more}; it is shown ${first.isKept ? 'as answered' : 'as SQLite stores it'}`,
      )
    }
  }
}
