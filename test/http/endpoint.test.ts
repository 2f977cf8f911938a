import { describe, expect, it } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { profileOf } from '../config/support.ts'
import { at, KEY, PLANE, plane, sentTo } from './planes.ts'
import { client, collect, failing, hostAt, LIST } from './support.ts'

const profile = await profileOf(
  "endpoints: { kafka: 'https://profile.example', lkc-1: 'https://one.example/base' }",
)

function refusal(run: () => unknown): ConfluentqlError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfluentqlError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the base URL of a call', () => {
  it('is that of the statement, otherwise of the variable, otherwise of the profile', () => {
    const env = { PLANE_URL: 'https://variable.example/' }
    expect(client({ env, profile }).baseUrl(at('https://statement.example/x/'))).toBe(
      'https://statement.example/x',
    )
    expect(client({ env, profile }).baseUrl(at(undefined))).toBe('https://variable.example')
    expect(client({ env: {}, profile }).baseUrl(at(undefined))).toBe('https://profile.example')
    expect(client({ env: {}, profile }).baseUrl(at(undefined, { cluster_id: 'lkc-2' }))).toBe(
      'https://profile.example',
    )
  })

  it("is the profile's URL for the resource rather than one for all, unless the variable is for that resource", () => {
    const env = { PLANE_URL: 'https://variable.example' }
    expect(client({ env, profile }).baseUrl(at(undefined, { cluster_id: 'lkc-1' }))).toBe(
      'https://one.example/base',
    )
    expect(
      client({ env: { ...env, PLANE_ID: 'lkc-1' }, profile }).baseUrl(at(undefined, { cluster_id: 'lkc-1' })),
    ).toBe('https://variable.example')
    expect(
      client({ env: { PLANE_ID: 'lkc-1' }, profile }).baseUrl(at(undefined, { cluster_id: 'lkc-1' })),
    ).toBe('https://one.example/base')
    expect(client({ env, profile }).baseUrl(at('https://statement.example', { cluster_id: 'lkc-1' }))).toBe(
      'https://statement.example',
    )
  })

  it("is only the beginning of the request's URL", () => {
    expect(
      client({ env: {} }).preview(at('https://statement.example:443/x', { cluster_id: 'lkc-1' })).url,
    ).toBe('https://statement.example/x/topics?cluster_id=lkc-1')
  })

  it('is an error when it is missing, with the ways to give it', () => {
    const error = refusal(() => client({ env: {} }).preview(at(undefined, { cluster_id: 'lkc-1' })))
    expect(error).toMatchObject({ code: 'MISSING_PARAMETER', message: expect.stringContaining('for lkc-1') })
    expect(error.hint).toBe(
      "give rest_endpoint, or set PLANE_URL, or add endpoints: { lkc-1: 'https://…' } to the profile",
    )
  })

  it('is not that of --endpoint for a host without one of its own', () => {
    const options = { env: { PLANE_URL: 'https://variable.example' }, endpoint: 'https://other.example' }
    expect(client(options).baseUrl(at(undefined))).toBe('https://variable.example')
    expect(client(options).baseUrl({ host: hostAt('https://own.example'), method: LIST, args: {} })).toBe(
      'https://other.example',
    )
  })

  it('of a host with one of its own can come from the profile', () => {
    expect(
      client({ env: {}, profile }).baseUrl({
        host: hostAt('https://own.example', { kind: 'kafka' }),
        method: LIST,
        args: {},
      }),
    ).toBe('https://profile.example')
  })

  it.each([
    ['', 'is empty'],
    ['  ', 'is empty'],
    ['pkc-1.planes.example', 'is not a URL: it must begin with https://'],
    ['SASL_SSL://pkc-1.planes.example:9092', 'is not a URL'],
    ['ftp://a.example', 'must begin with https://, not ftp://'],
    ['http://a.example', 'must begin with https://'],
    ['http://127.0.0.1.a.example', 'must begin with https://'],
    ['https://user:hunter2-hunter2@a.example', 'must not hold credentials'],
    ['https://a.example@b.example', 'must not hold credentials'],
    ['https://a.example/?x=1', 'must not have a query'],
    ['https://a.example#x', 'must not have a query'],
    ['https://', 'is not a URL'],
    ['https://a.example/../b', 'must have a plain path'],
    ['https://a.example/./b', 'must have a plain path'],
    ['https://a.example//b', 'must have a plain path'],
    ['https://a.example/%2e%2e/b', 'must have a plain path'],
    ['https://a.example\\@b.example', 'must not hold credentials'],
    ['https://a.example\\b', 'must have a plain path'],
    ['https://a.exam\tple', 'must have a plain path'],
    [' https://a.example', 'is not a URL'],
  ])('given as %j is refused', (url, why) => {
    const error = refusal(() => client({ env: KEY }).preview(at(url)))
    expect(error).toMatchObject({ code: 'VALUE', message: expect.stringContaining(`rest_endpoint ${why}`) })
    expect(error.message).not.toContain('hunter2')
  })

  it('in a variable is refused by the name of the variable', () => {
    expect(refusal(() => client({ env: { PLANE_URL: 'pkc-1' } }).preview(at(undefined)))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('PLANE_URL '),
    })
  })

  it('with plain http gets credentials only on this machine', async () => {
    const error = await failing(
      'USAGE',
      collect(client({ env: { ...KEY, PLANE_URL: 'http://a.planes.example' } }), at(undefined)),
    )
    expect(error.message).toContain('not encrypted')
    const server = await plane()
    await collect(client({ env: { ...KEY, PLANE_URL: server.url } }), at(undefined))
    expect(sentTo(server)[0]).toMatch(/^Basic /)
  })

  it('with several values is refused', () => {
    const call = {
      host: PLANE,
      method: at('').method,
      args: { rest_endpoint: ['https://a.example', 'https://b.example'] },
    }
    expect(refusal(() => client({ env: KEY }).preview(call))).toMatchObject({ code: 'VALUE' })
  })
})
