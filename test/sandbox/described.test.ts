import { describe, expect, test } from 'vitest'
import { describedCall, deviations } from './described.ts'

const at = (path: string): URL => new URL(path, 'http://127.0.0.1')
const USER = {
  api_version: 'iam/v2',
  kind: 'User',
  id: 'u-1',
  metadata: { self: 'https://example.com' },
  email: 'a@example.com',
  full_name: 'A',
}
const found = (body: unknown, status = 200): string[] =>
  deviations('GET', at('/iam/v2/users/u-1'), undefined, { status, body })

describe('the description that requests and answers are held against', () => {
  test('finds members that are missing, of another type, or of another value', () => {
    expect(found(USER)).toEqual([])
    const { email: _, ...rest } = USER
    expect(found(rest)).toEqual(['GET /iam/v2/users/{} answers no email'])
    expect(found({ ...USER, full_name: 1, kind: 'Person' })).toEqual([
      'GET /iam/v2/users/{} answers kind: another value',
      'GET /iam/v2/users/{} answers full_name: must be string',
    ])
  })

  test('finds members that are not described', () => {
    expect(found({ ...USER, age: 1 })).toEqual(['GET /iam/v2/users/{} answers one more, age'])
  })

  test('finds statuses of success that no call has, and leaves errors alone', () => {
    expect(found(USER, 202)).toEqual(['GET /iam/v2/users/{} answers 202, not 200'])
    expect(found({ errors: [] }, 404)).toEqual([])
  })

  test('finds what a request lacks', () => {
    const answer = { status: 201, body: { ...USER, kind: 'Invitation' } }
    expect(deviations('POST', at('/iam/v2/invitations'), {}, answer)).toContain(
      'POST /iam/v2/invitations is sent no email',
    )
  })

  test('knows calls by their path and their query', () => {
    const connectors = '/connect/v1/environments/env-1/clusters/lkc-1/connectors'
    expect(describedCall('GET', at(`${connectors}?expand=info%2Cstatus%2Cid`))).toMatch(/\?expand=/)
    expect(describedCall('GET', at(connectors))).not.toMatch(/\?/)
    expect(describedCall('GET', at('/kafka/v3/clusters/lkc-1/topics/-/configs'))).toMatch(/\/-\/configs$/)
    expect(describedCall('GET', at('/nothing'))).toBeUndefined()
  })
})
