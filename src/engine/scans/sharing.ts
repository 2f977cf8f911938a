import type { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { Scan } from '../../plan/plan.ts'

/** Called with the 404 error of a call. */
export type OnMissing = (error: ConfluentqlError) => void

type Fetch = (onMissing: OnMissing) => AsyncGenerator<Page, void, void>

/** Characters of answers that are kept at most. The parents that have the keys of others are small. */
const MOST_KEPT = 8 * 2 ** 20

interface KeptCall {
  readonly pages: readonly Page[]
  readonly missing: ConfluentqlError | undefined
}

/**
 * The answers to calls that were read to their end, for further queries that need the same tables. Of long answers it keeps
 * none: those calls are sent again.
 */
export class KeptCalls {
  readonly #tables: ReadonlySet<string>
  readonly #calls = new Map<string, KeptCall>()
  readonly #seen = new Set<string>()
  #size = 0

  /** @param tables full names of the tables whose answers are kept */
  constructor(tables: ReadonlySet<string>) {
    this.#tables = tables
  }

  /** The pages of a call that was kept. */
  pages(id: string, onMissing: OnMissing): AsyncGenerator<Page, void, void> | undefined {
    const call = this.#calls.get(id)
    return call && replay(call, onMissing)
  }

  /** The pages of a call, which are kept as they pass if it is of one of the tables. */
  keep(scan: Scan, id: string, fetch: Fetch, onMissing: OnMissing): AsyncGenerator<Page, void, void> {
    if (this.#seen.has(id) || !this.#tables.has(fullName(scan.resource))) return fetch(onMissing)
    this.#seen.add(id)
    return this.#record(id, fetch, onMissing)
  }

  async *#record(id: string, fetch: Fetch, onMissing: OnMissing): AsyncGenerator<Page, void, void> {
    let pages: Page[] | undefined = []
    let size = 0
    let missing: ConfluentqlError | undefined
    const source = fetch(error => {
      missing = error
      onMissing(error)
    })
    for await (const page of source) {
      if (pages) {
        pages.push(page)
        size += page.text.length
        this.#size += page.text.length
      }
      if (pages && this.#size > MOST_KEPT) {
        this.#size -= size
        pages = undefined
      }
      yield page
    }
    if (pages) this.#calls.set(id, { pages, missing })
  }
}

async function* replay({ pages, missing }: KeptCall, onMissing: OnMissing): AsyncGenerator<Page, void, void> {
  yield* pages
  if (missing) onMissing(missing)
}

/** Stores the pages of calls that two scans of a statement may have in common, so that each is sent once. */
export class Sharing {
  readonly #calls = new Map<string, SharedPages>()
  readonly #shared: ReadonlySet<string>
  readonly #kept: KeptCalls | undefined

  /** @param kept calls of earlier queries, and those of this one that are kept for later ones */
  constructor(scans: readonly Scan[], kept?: KeptCalls) {
    const names = scans.map(s => fullName(s.resource))
    this.#shared = new Set(names.filter((n, i) => names.indexOf(n) !== i))
    this.#kept = kept
  }

  /** How many pages of a call have been received. */
  known(id: string): number {
    return this.#calls.get(id)?.known ?? 0
  }

  /**
   * The pages of a call: a stream for each consumer, each page requested once, when the first of them needs it.
   * @param isKept the same scan may need them again
   */
  pages(
    scan: Scan,
    id: string,
    { isKept, onMissing }: { readonly isKept: boolean; readonly onMissing: OnMissing },
    fetch: Fetch,
  ): AsyncGenerator<Page, void, void> {
    const earlier = this.#kept?.pages(id, onMissing)
    if (earlier) return earlier
    const isShared = isKept || this.#shared.has(fullName(scan.resource)) || this.#calls.has(id)
    const source: Fetch = isShared ? missing => this.#sharedCall(id, fetch).read(missing) : fetch
    return this.#kept ? this.#kept.keep(scan, id, source, onMissing) : source(onMissing)
  }

  #sharedCall(id: string, fetch: Fetch): SharedPages {
    const call = this.#calls.get(id) ?? new SharedPages(fetch)
    this.#calls.set(id, call)
    return call
  }

  /** Ends the requests of calls that are not read to their end. */
  close(): void {
    for (const call of this.#calls.values()) call.close()
  }
}

/** The pages of one call. */
class SharedPages {
  readonly #pages: Page[] = []
  readonly #source: AsyncGenerator<Page, void, void>
  #missing: ConfluentqlError | undefined
  /** The request for the next page. After the last page it stays, resolved with false. */
  #next: Promise<boolean> | undefined

  constructor(fetch: Fetch) {
    this.#source = fetch(error => {
      this.#missing = error
    })
  }

  get known(): number {
    return this.#pages.length
  }

  async *read(onMissing: OnMissing): AsyncGenerator<Page, void, void> {
    for (let i = 0; ; i++) {
      while (i >= this.#pages.length) if (!(await (this.#next ??= this.#request()))) break
      const page = this.#pages[i]
      if (!page) break
      yield page
    }
    if (this.#missing) onMissing(this.#missing)
  }

  close(): void {
    void this.#source.return()
  }

  async #request(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (done) return false
    this.#pages.push(value)
    this.#next = undefined
    return true
  }
}
