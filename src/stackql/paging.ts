import type { Paging } from '../catalog/types.ts'
import type { Schemas } from './schemas.ts'
import { jsonPath, member, textOf } from './tree.ts'

/** A query parameter that may be one of paging. */
export interface PageParam {
  /** Its name in the request. */
  readonly wire: string
  readonly schema: unknown
  readonly about: string | undefined
}

/** The input of the rules for paging. */
export interface PageFacts {
  /** `config.pagination` and `config.queryParamPushdown.top` of the method or what it inherits. */
  readonly declared: unknown
  readonly top: unknown
  readonly params: readonly PageParam[]
  /** Whether these parameters are in the query or in the body. */
  readonly place: 'query' | 'body'
  /** The schema of the answer. */
  readonly answer: unknown
  readonly schemas: Schemas
}

/** How a list is paged, and the parameters that this takes. */
export interface Paged {
  readonly paging?: Paging
  /** No rule is known, but this parameter suggests that there are pages. */
  readonly pagedBy?: string
}

/** Reads how a list is paged: as declared, otherwise as its parameters and the schema of its answer suggest. */
export function pagingOf(facts: PageFacts): Paged {
  const size = sizeOf(facts)
  const found =
    declaredPaging(facts, size)
    ?? urlPaging(facts, size)
    ?? tokenPaging(facts, size)
    ?? countedPaging(facts, size)
  if (found) return { paging: found }
  const declared = member(facts.declared, 'requestToken', 'key')
  const suspect = facts.params.find(({ wire }) => wire === declared || asksForPages(wire))
  const answered = [...membersFor(facts)].find(
    ({ name }) => TOKENS.has(name) && /token|cursor|marker/.test(name),
  )
  const by = suspect?.wire ?? answered?.path.join('.')
  return by === undefined ? {} : { pagedBy: by }
}

/** Whether a parameter has a name of those that ask for a page. */
export function asksForPages(wire: string): boolean {
  const name = plainName(wire)
  return [CURSORS, SIZES, PAGES, OFFSETS].some(known => known.has(name))
}

interface Size {
  readonly size?: string
  readonly max?: number
}

const SIZES: ReadonlySet<string> = names(
  'limit perpage pagesize maxresults maxitems maxpagesize top resultsperpage itemsperpage size maxcount pagelimit showlimit maxentries',
)
const CURSORS: ReadonlySet<string> = names(
  'pagetoken cursor nexttoken nextpagetoken continuationtoken continuation continue marker nextmarker pagecursor after afterid startingafter bookmark pagekey skiptoken next startafter token paginationtoken',
)
const TOKENS: ReadonlySet<string> = names(
  'nextpagetoken nexttoken nextcursor continuationtoken continue nextmarker nextpagekey endcursor nextbookmark nextpagecursor nextpage nextcontinuationtoken nextlink next',
)
/** Members of an answer that may contain the location of the next page. */
const INNER: ReadonlySet<string> = names(
  'meta metadata pagination paging pageinfo page resultinfo links link cursors cursor responsemetadata result data pages pageable pagingmetadata',
)
const URLS: ReadonlySet<string> = names('nextlink odatanextlink nextpageurl nexturl nextpagelink nexthref')
const TOTALS: ReadonlySet<string> = names(
  'pages totalpages pagecount lastpage numpages totalpagecount pagestotal',
)

/** Members of an answer for the number of all rows, and for whether rows follow. */
const ALL_ROWS: ReadonlySet<string> = names(
  'total totalcount totalsize totalresults totalrows totalitems totalrecords totalelements totalentries totalnumber',
)
const MORE_ROWS: ReadonlySet<string> = names('hasmore hasnext hasnextpage more moreavailable ismore')

function names(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

/** `page[size]`, `pageSize` and `page_size` alike. */
function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase()
}

/** The parameter for the size of a page, with its maximum if that is documented. */
function sizeOf({ top, params }: PageFacts): Size {
  const declared = textOf(member(top, 'paramName'))
  const param = params.find(p => p.wire === declared) ?? params.find(p => SIZES.has(plainName(p.wire)))
  const max = numberOf(member(top, 'maxValue')) ?? (param && maximumOf(param))
  const size = param?.wire ?? declared
  return { ...(size !== undefined && { size }), ...(size !== undefined && max !== undefined && { max }) }
}

function maximumOf({ schema, about = '' }: PageParam): number | undefined {
  const written =
    /\bmax(?:imum)?\b(?:\s+\w+){0,4}?\s*(?:is|of|:|=)?\s*`?(\d{1,5})\b/i.exec(about)?.[1]
    ?? /\bvalues? (?:are|is|between) \d+ (?:to|and|-) (\d{1,5})\b/i.exec(about)?.[1]
    ?? /\bup to (\d{1,5})\b/i.exec(about)?.[1]
  return numberOf(member(schema, 'maximum')) ?? (written === undefined ? undefined : Number(written))
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 100_000
    ? value
    : undefined
}

function declaredPaging(
  { declared, params, place, answer, schemas }: PageFacts,
  size: Size,
): Paging | undefined {
  const key = textOf(member(declared, 'requestToken', 'key'))
  const location = member(declared, 'requestToken', 'location')
  const answered = textOf(member(declared, 'responseToken', 'key'))
  const isHeader = member(declared, 'responseToken', 'location') === 'header'
  if (location === 'request' && isHeader)
    return answered?.toLowerCase() === 'link' ? { kind: 'link', ...size } : undefined
  const next = answered === undefined ? undefined : placeOf(answered)
  if (location === 'request') return next === undefined ? undefined : { kind: 'url', next, ...size }
  if (location !== place || key === undefined || isHeader || next === undefined) return undefined
  if (member(declared, 'algorithm') !== 'page_number') return { kind: 'token', param: key, next, ...size }
  const param = params.find(p => p.wire === key)
  const total = textOf(member(declared, 'responseTerminator', 'key')) ?? ''
  const pages = placeOf(total)
  // declared for all lists of a service: one that neither takes nor answers a number has one page
  if (param === undefined && schemas.below(answer, namesOf(total)) === undefined) return undefined
  return {
    kind: 'page',
    param: key,
    first: param === undefined ? 1 : firstOf(param),
    ...(pages !== undefined && { pages }),
    ...size,
  }
}

/** `$.links.next` and `next_page_token` as a path. */
function placeOf(key: string): string | undefined {
  const path = namesOf(key)
  return path.length === 0 ? undefined : jsonPath(path)
}

function namesOf(key: string): readonly string[] {
  const path = key.replace(/^\$\.?/, '')
  return path === '' ? [] : path.includes('@') ? [path] : path.split('.')
}

interface Found {
  readonly path: readonly string[]
  readonly name: string
  readonly schema: unknown
}

/** Members of an answer, and of those of its objects that describe paging. */
function* membersFor(
  { answer, schemas }: PageFacts,
  path: readonly string[] = [],
  from: unknown = answer,
): Generator<Found> {
  if (from === undefined) return
  const { properties } = schemas.read(from)
  for (const [name, schema] of properties) yield { path: [...path, name], name: plainName(name), schema }
  if (path.length >= 2) return
  for (const [name, schema] of properties)
    if (INNER.has(plainName(name)) && schemas.read(schema).properties.size > 0)
      yield* membersFor({ answer, schemas } as PageFacts, [...path, name], schema)
}

/** The URL of the next page in the answer. */
function urlPaging(facts: PageFacts, size: Size): Paging | undefined {
  for (const { path, name, schema } of membersFor(facts)) {
    const { type, source, properties } = facts.schemas.read(schema)
    const isLinks = path.length > 1 && /^_?(?:links?|pages)$/i.test(path.at(-2)!)
    if (name === 'next' && properties.has('href') && isLinks) return urlAt([...path, 'href'], size)
    if (type !== undefined && type !== 'string') continue
    const about = textOf(member(source, 'description')) ?? ''
    const isUrl =
      URLS.has(name)
      || (name === 'next'
        && (isLinks
          || /^ur[il]/.test(String(member(source, 'format')))
          || /\b(?:ur[il]|link)\b/i.test(about)))
    if (isUrl) return urlAt(path, size)
  }
  return undefined
}

function urlAt(path: readonly string[], size: Size): Paging | undefined {
  const next = jsonPath(path)
  return next === undefined ? undefined : { kind: 'url', next, ...size }
}

/** A token of the answer that is sent with a parameter. */
function tokenPaging(facts: PageFacts, size: Size): Paging | undefined {
  const cursor =
    facts.params.find(p => CURSORS.has(plainName(p.wire)))
    ?? facts.params.find(p => plainName(p.wire) === 'page')
  if (cursor === undefined) return undefined
  const own = plainName(cursor.wire)
  const members = [...membersFor(facts)].filter(({ schema }) => {
    const { type } = facts.schemas.read(schema)
    return type !== 'object' && type !== 'array' && type !== 'boolean'
  })
  // beside a token of the next page, one of the parameter's name is that of the page itself
  const found =
    members.find(({ name }) => TOKENS.has(name) && (own !== 'page' || name === 'nextpage'))
    ?? members.find(
      ({ path, name }) =>
        (path.length > 1 && own !== 'page' && (name === own || name === 'after' || name === 'cursor'))
        || (name === 'lastid' && /^after(?:id)?$/.test(own)),
    )
  const next = found && jsonPath(found.path)
  return next === undefined ? undefined : { kind: 'token', param: cursor.wire, next, ...size }
}

const PAGES: ReadonlySet<string> = names('page pagenumber pagenum pageindex currentpage')
const OFFSETS: ReadonlySet<string> = names('offset skip')

/** Where an answer says that rows follow. A `total` without a position or size beside it may be an amount. */
function morePlaces(facts: PageFacts): { readonly total?: string; readonly more?: string } {
  const members = [...membersFor(facts)]
  const isPaged = ({ path }: Found): boolean =>
    path.length > 1
    || members.some(m => m.path.length === 1 && [SIZES, PAGES, OFFSETS].some(known => known.has(m.name)))
  const placeOfType = (known: ReadonlySet<string>, types: readonly string[]): string | undefined => {
    const found = members.find(
      m =>
        known.has(m.name)
        && types.includes(facts.schemas.read(m.schema).type ?? '')
        && (m.name !== 'total' || isPaged(m)),
    )
    return found && jsonPath(found.path)
  }
  const total = placeOfType(ALL_ROWS, ['integer', 'number'])
  const more = placeOfType(MORE_ROWS, ['boolean'])
  return { ...(total !== undefined && { total }), ...(more !== undefined && { more }) }
}

/** Page numbers and offsets, which are sent until a page is empty, or the last by a total. */
function countedPaging(facts: PageFacts, size: Size): Paging | undefined {
  const page = facts.params.find(p => PAGES.has(plainName(p.wire)))
  if (page !== undefined) {
    const total = [...membersFor(facts)].find(found => TOTALS.has(found.name))
    const pages = total && jsonPath(total.path)
    if (pages !== undefined || size.size !== undefined || isNumber(page))
      return {
        kind: 'page',
        param: page.wire,
        first: firstOf(page),
        ...(pages !== undefined && { pages }),
        ...morePlaces(facts),
        ...size,
      }
  }
  const offset = facts.params.find(p => OFFSETS.has(plainName(p.wire)))
  if (offset === undefined || (size.size === undefined && !isNumber(offset))) return undefined
  return {
    kind: 'offset',
    offset: offset.wire,
    ...morePlaces(facts),
    ...(size.max !== undefined && { limit: size.size, max: size.max }),
  }
}

function isNumber({ schema }: PageParam): boolean {
  return /^(?:integer|number)$/.test(String(member(schema, 'type')))
}

/** The number of the first page: 0 if its description says so. */
function firstOf({ schema, about = '' }: PageParam): number {
  const written = member(schema, 'default') ?? member(schema, 'minimum')
  return written === 0 || /\b(?:zero|0)[- ](?:based|indexed)|\bstarts? (?:at|from|with) 0\b/i.test(about)
    ? 0
    : 1
}

/** The query parameters that paging sends. */
export function paramsOfPaging(paging: Paging | undefined): readonly string[] {
  if (paging === undefined) return []
  if (paging.kind === 'offset') return [paging.offset, ...(paging.limit === undefined ? [] : [paging.limit])]
  const size = paging.size !== undefined && paging.max !== undefined ? [paging.size] : []
  return paging.kind === 'token' || paging.kind === 'page' ? [paging.param, ...size] : size
}
