import { expect, it } from 'vitest'
import type { Paging } from '../../src/catalog/types.ts'
import { array, convert, number, object, query, text } from './documents.ts'

type Members = Readonly<Record<string, unknown>>

interface Case {
  readonly params?: readonly Members[]
  /** Members of the answer beside `data`. */
  readonly answer?: Members
  readonly config?: Members
}

/** How a list is paged; the name of the parameter that suggests pages, if it is not known how. */
function pagingOf({ params = [], answer = {}, config }: Case): Paging | string | undefined {
  const { things } = convert({
    resources: {
      things: {
        methods: {
          list: {
            call: 'GET /t',
            params,
            answer: object({ data: array(object({ id: text })), ...answer }),
            response: { objectKey: '$.data' },
          },
        },
        verbs: { select: ['list'] },
      },
    },
    ...(config && { config }),
  })
  const method = things?.methods[0]
  return method?.paging ?? method?.pagedBy
}

const declared = (requestToken: Members, responseToken: Members, more: Members = {}): Members => ({
  pagination: { requestToken, responseToken, ...more },
})

it('takes the last id of a page as after or after_id', () => {
  for (const param of ['after', 'after_id'])
    expect(pagingOf({ params: [query(param, text)], answer: { first_id: text, last_id: text } })).toEqual({
      kind: 'token',
      param,
      next: '$.last_id',
    })
})

it('is as declared: header Link, URL, token, page number; with the largest size that is declared', () => {
  const top = { queryParamPushdown: { top: { paramName: 'limit', maxValue: 200 } } }
  const size = { size: 'limit', max: 200 }
  expect(
    pagingOf({
      config: { ...declared({ key: '', location: 'request' }, { key: 'Link', location: 'header' }), ...top },
    }),
  ).toEqual({ kind: 'link', ...size })
  expect(
    pagingOf({
      config: {
        ...declared({ key: '', location: 'request' }, { key: '$.links.pages.next', location: 'body' }),
        ...top,
      },
    }),
  ).toEqual({ kind: 'url', next: '$.links.pages.next', ...size })
  expect(
    pagingOf({ config: declared({ key: 'after', location: 'query' }, { key: 'last_id', location: 'body' }) }),
  ).toEqual({ kind: 'token', param: 'after', next: '$.last_id' })
  const numbered = declared(
    { key: 'page', location: 'query' },
    { key: '$.page', location: 'body' },
    { algorithm: 'page_number', responseTerminator: { key: '$.pages', location: 'body' } },
  )
  expect(pagingOf({ config: numbered, answer: { page: number, pages: number } })).toEqual({
    kind: 'page',
    param: 'page',
    first: 1,
    pages: '$.pages',
  })
  expect(pagingOf({ config: numbered })).toBeUndefined()
})

it('is a URL in the answer', () => {
  const next = {
    nextLink: text,
    '@odata.nextLink': text,
    next_page_url: text,
    next: { type: 'string', format: 'uri' },
  }
  for (const [name, schema] of Object.entries(next))
    expect(pagingOf({ answer: { [name]: schema } })).toEqual({
      kind: 'url',
      next: name.startsWith('@') ? `$."${name}"` : `$.${name}`,
    })
  expect(pagingOf({ answer: { links: object({ next: text }) } })).toEqual({
    kind: 'url',
    next: '$.links.next',
  })
  expect(pagingOf({ answer: { _links: object({ next: object({ href: text }) }) } })).toEqual({
    kind: 'url',
    next: '$._links.next.href',
  })
})

it('is a token that the answer has and a parameter takes', () => {
  const pairs: [param: string, answer: Members, next: string][] = [
    ['pageToken', { nextPageToken: text }, '$.nextPageToken'],
    ['page_token', { next_page_token: text }, '$.next_page_token'],
    ['cursor', { meta: object({ next_cursor: text }) }, '$.meta.next_cursor'],
    ['page[cursor]', { meta: object({ page: object({ after: text }) }) }, '$.meta.page.after'],
    ['after', { last_id: text, has_more: { type: 'boolean' } }, '$.last_id'],
    ['continue', { metadata: object({ continue: text }) }, '$.metadata.continue'],
    ['page', { next_page: text }, '$.next_page'],
  ]
  for (const [param, answer, next] of pairs)
    expect(pagingOf({ params: [query(param)], answer })).toEqual({ kind: 'token', param, next })
  // the token of the page itself stands first
  const both = { meta: object({ cursor: text, next_cursor: text }) }
  expect(pagingOf({ params: [query('cursor')], answer: both })).toMatchObject({ next: '$.meta.next_cursor' })
})

it('is a page number, to a total or to a short page; or an offset', () => {
  const pages = { pagination: object({ total_pages: number }) }
  expect(pagingOf({ params: [query('page', number)], answer: pages })).toEqual({
    kind: 'page',
    param: 'page',
    first: 1,
    pages: '$.pagination.total_pages',
  })
  expect(
    pagingOf({
      params: [
        query('page', { type: 'integer', default: 0 }),
        query('per_page', { type: 'integer', maximum: 50 }),
      ],
    }),
  ).toEqual({ kind: 'page', param: 'page', first: 0, size: 'per_page', max: 50 })
  expect(pagingOf({ params: [query('page', number)] })).toEqual({ kind: 'page', param: 'page', first: 1 })
  for (const params of [[query('offset', number), query('limit', number)], [query('offset', number)]])
    expect(pagingOf({ params })).toEqual({ kind: 'offset', offset: 'offset' })
  expect(
    pagingOf({
      params: [query('offset', number), query('limit', number, { description: 'Rows of a page (max 80)' })],
    }),
  ).toEqual({ kind: 'offset', offset: 'offset', limit: 'limit', max: 80 })
})

it('has the place where an answer says that rows follow an empty page', () => {
  const flag = { type: 'boolean' }
  const cases: [answer: Members, places: object][] = [
    [{ total: number, offset: number }, { total: '$.total' }],
    [{ pagination: object({ total: number, limit: number }) }, { total: '$.pagination.total' }],
    [
      { total_count: number, has_more: flag },
      { total: '$.total_count', more: '$.has_more' },
    ],
    // an amount, and a count of something else
    [{ total: number }, {}],
    [{ total_count: text, has_more: number }, {}],
  ]
  for (const [answer, places] of cases) {
    expect(pagingOf({ params: [query('offset', number)], answer })).toEqual({
      kind: 'offset',
      offset: 'offset',
      ...places,
    })
    expect(pagingOf({ params: [query('page', number)], answer })).toEqual({
      kind: 'page',
      param: 'page',
      first: 1,
      ...places,
    })
  }
})

it('sends a size only where the document says its maximum', () => {
  const sized = (description: string): Paging | string | undefined =>
    pagingOf({
      params: [query('pageToken'), query('pageSize', number, { description })],
      answer: { nextPageToken: text },
    })
  const token = { kind: 'token', param: 'pageToken', next: '$.nextPageToken', size: 'pageSize' }
  expect(sized('How many. The default is 50')).toEqual(token)
  expect(sized('The maximum value is 1000; values above 1000 are lowered to 1000')).toEqual({
    ...token,
    max: 1000,
  })
  expect(sized('Acceptable values are 0 to 500, inclusive. (Default: 500)')).toEqual({ ...token, max: 500 })
})

it('is unknown where a parameter suggests pages', () => {
  expect(pagingOf({ params: [query('limit', number)] })).toBe('limit')
  expect(pagingOf({ params: [query('cursor')] })).toBe('cursor')
  expect(pagingOf({ params: [query('page')] })).toBe('page')
  expect(pagingOf({ params: [query('color')] })).toBeUndefined()
  const inHeader = declared({ key: 'from', location: 'query' }, { key: 'X-Next', location: 'header' })
  expect(pagingOf({ config: inHeader, params: [query('from')] })).toBe('from')
  // or a token that no parameter is known to take
  expect(pagingOf({ params: [query('color')], answer: { meta: object({ nextPageToken: text }) } })).toBe(
    'meta.nextPageToken',
  )
})
