import type Database from 'better-sqlite3'
import { keyPart } from '../../catalog/keys.ts'
import type { Column, Method, Resource, RowsAt, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import type { PackedRows } from '../../packed.ts'
import { literal, quote } from '../../plan/splice.ts'
import { RequestedKeys } from './requested-keys.ts'
import { columnOf } from './columns.ts'
import { inexactValue } from './exact.ts'
import { expectedOf, rowExpected } from './expected.ts'
import { KnownFields } from './known-fields.ts'
import { leadingText } from './leading-text.ts'
import { Elements, KIND, type MemberName, namesIn, typeName } from './jsonb.ts'
import { NotJson } from './not-json.ts'
import {
  CONTAINERS,
  hasNoList,
  invalidRowType,
  mayFail,
  NESTED,
  ROWS,
  rowTypes,
  withArticle,
} from './page-shape.ts'
import { type PackedColumns, PagePacker } from './page-packer.ts'
import { RowNames } from './row-names.ts'
import { RowPlaces } from './row-places.ts'
import { isNested, rowsFrom } from './rows-sql.ts'
import { columnValue, guardColumn, guardTest, type RowGuard } from './row-sql.ts'
import { maskedColumn, type Shown } from '../secrets.ts'
import type { Store } from '../store/store.ts'
import { isResourceError, sqliteError } from '../store/temporary.ts'
import { TypedPages } from './typed-page.ts'
import { type Computes, TypeMismatches } from './type-mismatches.ts'

const UNDOCUMENTED = 'the server, or a proxy on the way, does not answer as documented'

/** What inserts the rows of a page, after their values have the declared types. */
interface Insert {
  readonly types: TypedPages
  readonly statement: Database.Statement
}

/** Loads pages into one table. SQLite reads the page's text, takes only the columns of the table, and masks secrets. */
export class Loader {
  readonly #store: Store
  readonly #method: Method
  readonly #resource: Resource
  readonly #columns: readonly Column[]
  readonly #table: string
  readonly #shown: Shown
  readonly #groups: readonly string[]
  readonly #page: Database.Statement
  /** Records keys that the answers spell differently from the requests. */
  readonly requestedKeys: RequestedKeys
  /** Records values that do not fit their types. */
  readonly mismatches: TypeMismatches
  readonly #inserts = new Map<string, Insert>()
  readonly #names = new Map<string, readonly MemberName[]>()
  readonly #places: RowPlaces | undefined
  readonly #rowNames = new RowNames()
  readonly #rowTypes: readonly string[] | undefined
  readonly #fields: KnownFields
  #infinite: Database.Statement | undefined
  #last: { text: string; blob: Buffer } | undefined

  constructor(
    store: Store,
    resource: Resource,
    method: Method,
    table: string,
    columns: readonly string[],
    shown: Shown = [],
    groups: readonly string[] = [],
    computes?: Computes,
  ) {
    this.#store = store
    this.#resource = resource
    this.#method = method
    this.#table = table
    this.#shown = shown
    this.#groups = groups
    this.#columns = columns.map(name => columnOf(method, resource, name))
    this.#places = method.rows && new RowPlaces(method.rows)
    this.#rowTypes = rowTypes(method.columns ?? resource.columns)
    this.#fields = new KnownFields(method, resource)
    this.mismatches = new TypeMismatches(resource, computes)
    this.requestedKeys = new RequestedKeys(store, resource, method, table, columns)
    // jsonb also accepts JSON5; json_valid refuses it (RFC 8259), and SQLite parses the text once for both
    this.#page = store.db
      .prepare('WITH page(text) AS (VALUES (?)) SELECT iif(json_valid(text), jsonb(text), NULL) FROM page')
      .pluck()
  }

  /** Reads a string at a JSON path of a page, for paging. Where it comes first, the page is only parsed when it is loaded. */
  readonly extract = (text: string, path: string): string | null => {
    const leading = leadingText(text, path)
    if (leading !== undefined) return leading === '' ? null : leading
    const elements = this.#elements(text)
    const names = this.#names.get(path) ?? namesIn(path)
    this.#names.set(path, names)
    if (elements.find(names) < 0 || elements.kind === KIND.null) return null
    const type = typeName(elements.kind)
    if (type !== 'text' && type !== 'integer') {
      throw new ConfluentqlError(
        'RESPONSE',
        `the answer of ${this.#method.name} has ${withArticle(type)} at ${path} where a text was expected`,
        { hint: UNDOCUMENTED },
      )
    }
    return elements.text() || null
  }

  #elements(text: string): Elements {
    try {
      return new Elements(this.#parse(text))
    } catch (error) {
      if (error instanceof NotJson && error.isDeep)
        throw new ConfluentqlError('RESPONSE', `the answer ${error.message}`, {
          hint: UNDOCUMENTED,
          cause: error,
        })
      throw isResourceError(error) ? sqliteError(error) : error
    }
  }

  /** @throws NotJson */
  #parse(text: string): Buffer {
    if (this.#last?.text === text) return this.#last.blob
    const blob = this.#page.get(text) as Buffer | null
    if (blob === null) throw new NotJson(text)
    this.#last = { text, blob }
    return blob
  }

  /**
   * Adds a page's rows, and returns their number. `inputs` are the values of the call's parameters by column.
   * @throws ConfluentqlError RESPONSE when the page does not match the provider file
   */
  load(
    page: Page,
    inputs: Readonly<Record<string, Value>>,
    guards: readonly RowGuard[] = [],
    check?: (page: Page, parsed: Buffer) => void,
  ): number {
    return this.#load(page, inputs, guards, check) as number
  }

  /** Packs a page's rows if their values allow that; otherwise adds them like `load`. */
  packOrLoad(
    page: Page,
    inputs: Readonly<Record<string, Value>>,
    check: ((page: Page, parsed: Buffer) => void) | undefined,
    packer: PagePacker,
  ): PackedRows | number {
    return this.#load(page, inputs, [], check, packer)
  }

  /** What packs columns of all rows as they are; undefined if SQLite must compute a value, such as a mask. */
  packer({ names, packing }: PackedColumns): PagePacker | undefined {
    const { rows } = this.#method
    const columns = names.flatMap(name => this.#columns.find(c => c.name === name) ?? [])
    const canPack = columns.every(c => PagePacker.canPack(c) && maskedColumn('', c, this.#shown) === '')
    // the types of other columns would not be checked
    const areAll = new Set(names).size === this.#columns.length
    if (!rows || !canPack || !areAll || !this.requestedKeys.areNone) return undefined
    return new PagePacker(rows, columns, packing, rowExpected(this.#insert([], rows).types.expected, rows))
  }

  #load(
    page: Page,
    inputs: Readonly<Record<string, Value>>,
    guards: readonly RowGuard[],
    check?: (page: Page, parsed: Buffer) => void,
    packer?: PagePacker,
  ): number | PackedRows {
    const { rows } = this.#method
    if (!rows) return 0
    try {
      const blob = this.#parse(page.text)
      if (this.#checkShape(page, blob, rows) === 'null') return 0
      const inexact = inexactValue(page.text, blob)
      if (inexact !== undefined) throw this.#responseError(page, `has ${inexact}`)
      check?.(page, blob)
      const asIs = packer?.pack(blob, false)
      if (asIs) return asIs
      const twice = this.#rowNames.repeatedIn(this.#places!, blob)
      if (twice !== undefined) throw this.#responseError(page, `has a row with two values of "${twice}"`)
      const { types, statement } = this.#insert(guards, rows)
      const typed = types.typed(blob, value => this.mismatches.add(value, page.request))
      const packed = packer?.pack(typed, true)
      if (packed) return packed
      const bind: Record<string, Value | Buffer> = { page: typed }
      for (const [i, c] of this.#columns.entries())
        if (c.isInput) bind[`e_${i}`] = inputs[keyPart(c.name)] ?? null
      guards.forEach((g, i) =>
        g.values.forEach((v, j) => {
          bind[`w_${i}_${j}`] = v
        }),
      )
      const { changes, lastInsertRowid } = statement.run(bind)
      const before = BigInt(lastInsertRowid) - BigInt(changes)
      if (changes > 0) {
        this.#checkNumbers(page, before)
        this.requestedKeys.apply(inputs, before, page)
      }
      return changes
    } catch (error) {
      if (error instanceof ConfluentqlError) throw error
      if (isResourceError(error)) throw sqliteError(error)
      const { message } = error as Error
      const what = error instanceof NotJson ? message : `is not as expected: ${message}`
      throw this.#responseError(page, what, error)
    } finally {
      this.#last = undefined
    }
  }

  /** The number of rows in a page, counted up to a limit. */
  count({ text }: Page, most = Infinity): number {
    let count = 0
    this.#places!.some(this.#elements(text), () => ++count >= most)
    return count
  }

  /**
   * Checks that a page has rows of the kind given in the provider file, and reports no failure. Returns the JSON type of
   * the container of rows; some APIs end a listing with null.
   */
  #checkShape(page: Page, blob: Buffer, rows: RowsAt): string {
    const elements = new Elements(blob)
    const error = mayFail(this.#method, elements) ? page.failure() : undefined
    if (error) throw error
    const places = this.#places!
    const kind = places.container(elements)
    const type = kind === undefined ? null : typeName(kind)
    const repeated = places.repeated(elements)
    if (repeated !== undefined) throw this.#responseError(page, `has "${repeated}" twice`)
    const wrong = invalidRowType(places, this.#rowTypes, elements)
    const [wanted, what] = isNested(rows) ? NESTED : CONTAINERS[rows.kind]
    if (type === null && rows.absent === 'empty' && hasNoList(blob, this.#store)) return 'null'
    if (type === null || !wanted.includes(type))
      throw this.#responseError(
        page,
        `has ${type === null ? 'nothing' : withArticle(type)} at ${rows.at} where ${what} was expected`,
      )
    if (wrong !== undefined)
      throw this.#responseError(
        page,
        `has ${withArticle(wrong)} at ${rows.at} where a row, which is ${ROWS.get(this.#rowTypes) ?? 'an object'}, was expected`,
      )
    if (rows.kind === 'one' && places.some(elements, at => this.#fields.areMissing(elements, at)))
      throw this.#responseError(page, `has an object at ${rows.at} without any field of a row`)
    return type
  }

  /** Refuses numbers beyond the range of a REAL, such as 1e400, which SQLite loads as infinity. */
  #checkNumbers(page: Page, before: bigint): void {
    const names = this.#columns.filter(c => c.type === 'number' || c.type === 'integer').map(c => c.name)
    if (names.length === 0) return
    const tests = names.map(name => `${quote(name)} IN (9e999, -9e999)`)
    this.#infinite ??= this.#store.db
      .prepare(
        `SELECT CASE ${names.map((name, i) => `WHEN ${tests[i]} THEN ${literal(name)}`).join(' ')} END
        FROM temp.${quote(this.#table)} WHERE rowid > ? AND (${tests.join(' OR ')}) LIMIT 1`,
      )
      .pluck()
    const name = this.#infinite.get(before) as string | undefined
    if (name !== undefined)
      throw this.#responseError(page, `has a number in ${name} that is too large to be shown`)
  }

  #responseError(page: Page, what: string, cause?: unknown): ConfluentqlError {
    return new ConfluentqlError('RESPONSE', `${page.request}: the answer ${what}`, {
      cause,
      hint: UNDOCUMENTED,
    })
  }

  #insert(guards: readonly RowGuard[], rows: RowsAt): Insert {
    const id = guards.map(g => `${g.param}:${g.values.length}`).join(',')
    const known = this.#inserts.get(id)
    if (known) return known
    const where = guards.map((g, i) => guardTest(g, i, this.#method, this.#resource))
    const names = this.#columns.map(c => quote(c.name))
    const values = this.#columns.map((c, i) => columnValue(c, `@e_${i}`, this.#shown, this.#groups))
    const sql = `INSERT INTO temp.${quote(this.#table)} (${names.join(', ') || '"-"'}) SELECT ${values.join(', ') || 'NULL'} FROM ${rowsFrom(rows)}${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`
    const read = [...this.#columns, ...guards.map(g => guardColumn(g, this.#method, this.#resource))]
    const insert = {
      types: new TypedPages(expectedOf(rows, [...new Set(read)], this.#groups), text => {
        const blob = this.#page.get(text) as Buffer | null
        return blob && inexactValue(text, blob) === undefined ? blob : undefined
      }),
      statement: this.#store.db.prepare(sql),
    }
    this.#inserts.set(id, insert)
    return insert
  }
}
