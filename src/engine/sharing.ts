import type { ConfluentqlError } from '../errors.ts'
import type { Page } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import type { Scan } from '../plan/plan.ts'

/** Called with the 404 error of a call. */
export type OnMissing = (error: ConfluentqlError) => void

/** Stores the pages of calls that two scans of a statement may have in common, so that each is sent once. */
export class Sharing {
  readonly #pages = new Map<string, Promise<{ pages: Page[]; missing: ConfluentqlError | undefined }>>()
  readonly #shared: ReadonlySet<string>

  constructor(scans: readonly Scan[]) {
    const names = scans.map(s => fullName(s.resource))
    this.#shared = new Set(names.filter((n, i) => names.indexOf(n) !== i))
  }

  /** Whether other scans may have the same calls. */
  isShared(scan: Scan): boolean {
    return this.#shared.has(fullName(scan.resource))
  }

  /** The pages of a call: a stream for each consumer, one set of requests for all. */
  async *pages(
    scan: Scan,
    id: string,
    onMissing: OnMissing,
    fetch: (onMissing: OnMissing) => AsyncGenerator<Page, void, void>,
  ): AsyncGenerator<Page, void, void> {
    if (!this.isShared(scan)) {
      yield* fetch(onMissing)
      return
    }
    const known = this.#pages.get(id) ?? collect(fetch)
    this.#pages.set(id, known)
    const { pages, missing } = await known
    if (missing) onMissing(missing)
    yield* pages
  }
}

async function collect(
  fetch: (onMissing: OnMissing) => AsyncGenerator<Page, void, void>,
): Promise<{ pages: Page[]; missing: ConfluentqlError | undefined }> {
  const pages: Page[] = []
  let missing: ConfluentqlError | undefined
  for await (const page of fetch(error => {
    missing = error
  }))
    pages.push(page)
  return { pages, missing }
}
