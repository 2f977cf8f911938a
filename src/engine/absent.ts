import type { ConfluentqlError } from '../errors.ts'
import { fullName } from '../plan/names.ts'
import type { Scan, ScanCalls } from '../plan/plan.ts'
import { namesOf, type Args } from './calls.ts'

/**
 * The calls of one scan that the API answered with 404. Where the keys come from rows of another table, such a thing was
 * deleted after those rows were read, or has nothing of the kind: it has no rows, which is told. A key that the statement
 * itself gives is an error, and so is it if no call at all was answered: then the address is wrong rather than every key.
 */
export class Absent {
  readonly #scan: Scan
  readonly #calls: readonly Args[]
  readonly #method: ScanCalls['method']
  readonly #isTold: boolean
  readonly #missing: { args: Args; error: ConfluentqlError }[] = []

  constructor(scan: Scan, { method, sets }: ScanCalls, calls: readonly Args[]) {
    this.#scan = scan
    this.#calls = calls
    this.#method = method
    this.#isTold = sets.every(set => set.some(b => b.kind === 'query' && b.after.length > 0))
  }

  /** @throws the error, where it is not only to be told */
  add(args: Args, error: ConfluentqlError): void {
    if (!this.#isTold) throw error
    this.#missing.push({ args, error })
  }

  /** @throws the first error, if every call was answered so */
  report({ onNotice }: { readonly onNotice?: ((text: string) => void) | undefined }): void {
    const [first] = this.#missing
    if (!first) return
    const [n, all] = [this.#missing.length, this.#calls.length]
    if (n === all) throw first.error
    onNotice?.(
      `${fullName(this.#scan.resource)}: ${n} of ${all} calls answered 404 and ${n === 1 ? 'has' : 'have'} no rows here: ${namesOf(
        this.#method,
        this.#missing.map(m => m.args),
      )}`,
    )
  }
}
