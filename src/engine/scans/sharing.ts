import type { Catalog } from '../../catalog/types.ts'
import type { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { GivenKey, Scan } from '../../plan/plan.ts'

/** Called with the 404 error of a call. */
export type OnMissing = (error: ConfluentqlError) => void

type Fetch = (onMissing: OnMissing) => AsyncGenerator<Page, void, void>

/** Characters of answers that are kept at most, also of a call that the same scan may need again. The parents that have the keys of others are small. */
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
    const isOfSeveral = this.#shared.has(fullName(scan.resource))
    const isShared = isKept || isOfSeveral || this.#calls.has(id)
    const most = isOfSeveral ? Infinity : MOST_KEPT
    const source: Fetch = isShared ? missing => this.#sharedCall(id, fetch, most).read(missing) : fetch
    return this.#kept ? this.#kept.keep(scan, id, source, onMissing) : source(onMissing)
  }

  #sharedCall(id: string, fetch: Fetch, most: number): SharedPages {
    const known = this.#calls.get(id)
    if (known && !known.isCut) return known
    known?.close()
    const call = new SharedPages(fetch, most)
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
  readonly #most: number
  #size = 0
  /** How many pages were dropped, since they were too long together: only the consumer that read them reads on. */
  #dropped = 0

  /** @param most characters of pages that are kept; more only if there are several consumers */
  constructor(fetch: Fetch, most: number) {
    this.#most = most
    this.#source = fetch(error => {
      this.#missing = error
    })
  }

  get known(): number {
    return this.#dropped + this.#pages.length
  }

  /** Whether its first pages cannot be read again. */
  get isCut(): boolean {
    return this.#dropped > 0
  }

  async *read(onMissing: OnMissing): AsyncGenerator<Page, void, void> {
    for (let i = 0; ; i++) {
      while (i >= this.known) if (!(await (this.#next ??= this.#request()))) break
      const page = this.#pages[i - this.#dropped]
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
    this.#size += value.text.length
    if (this.#size > this.#most) this.#dropped += this.#pages.splice(0).length
    this.#pages.push(value)
    this.#next = undefined
    return true
  }
}

/** Keeps the answers of the tables that a check of given keys reads, and of their parents; undefined if it reads none. */
export function keptCalls(given: readonly GivenKey[], catalog: Catalog): KeptCalls | undefined {
  const tables = new Set(given.map(({ table }) => table))
  // tables that are added meanwhile are visited as well
  for (const table of tables) {
    const [provider = '', service = '', name = ''] = table.split('.')
    for (const parent of catalog.resource(provider, service, name)?.parents ?? [])
      if ('table' in parent) tables.add(parent.table)
  }
  return tables.size === 0 ? undefined : new KeptCalls(tables)
}
