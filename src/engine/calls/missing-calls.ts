import type { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { Scan, ScanCalls } from '../../plan/plan.ts'
import { callNames, type Args } from './calls.ts'

/**
 * The calls of one scan that the API answered with 404. If their keys come from rows of another table, the object was
 * deleted after those rows were read, or has no such part: it has no rows, and a notice says so. For a key in the
 * statement a 404 is an error. It is one as well if every call was answered with 404: then the address is probably wrong, unless
 * the keys come from the table's parents.
 */
export class MissingCalls {
  readonly #scan: Scan
  readonly #method: ScanCalls['method']
  readonly #isTolerated: boolean
  readonly #missing = new Map<Args, ConfluentqlError>()

  /** @param rowsInJson the rows of json_each in the statement were read from other tables */
  constructor(scan: Scan, { method, sets }: ScanCalls, rowsInJson = false) {
    this.#scan = scan
    this.#method = method
    this.#isTolerated = sets.every(set =>
      set.some(b => b.kind === 'query' && (b.after.length > 0 || rowsInJson)),
    )
  }

  get count(): number {
    return this.#missing.size
  }

  /** @throws the error, unless missing objects are tolerated */
  add(args: Args, error: ConfluentqlError): void {
    if (!this.#isTolerated) throw error
    this.#missing.set(args, error)
  }

  /**
   * Emits the notice, in the order of the calls that were sent.
   * @throws the first error, if every one of them was answered with 404, and the statement gave their keys
   */
  report(
    sent: readonly Args[],
    { onNotice }: { readonly onNotice?: ((text: string) => void) | undefined },
  ): void {
    const missing = sent.filter(args => this.#missing.has(args))
    const [first] = missing
    if (!first) return
    const [n, all] = [missing.length, sent.length]
    if (n === all && !this.#scan.parents) throw this.#missing.get(first)!
    onNotice?.(
      `${fullName(this.#scan.resource)}: ${n} of ${all} calls answered 404 and ${n === 1 ? 'has' : 'have'} no rows here: ${callNames(this.#method, missing)}`,
    )
  }
}
