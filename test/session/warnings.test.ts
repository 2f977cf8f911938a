import { describe, expect, it } from 'vitest'
import { harness, rowsOf } from './support.ts'

const { open } = harness()

async function told(sql: string, variables = {}): Promise<readonly string[]> {
  const notices: string[] = []
  await rowsOf(open({ variables, onNotice: text => notices.push(text) }), sql)
  return notices
}

const text = (path: string, table: string, asked: string, meant: string): string =>
  `${path} of confluent.${table} is compared with '${asked}', which is none of its known values; did you mean '${meant}'?`
const LOCAL = text('auth_type', 'iam.users', 'auth_type_local', 'AUTH_TYPE_LOCAL')
const SENT = text('status', 'iam.invitations', 'SENT', 'INVITE_STATUS_SENT')

describe('warns of a text that is close to a known value', () => {
  it.each<readonly [sql: string, ...notices: string[]]>([
    ["SELECT id FROM confluent.iam.users WHERE auth_type = 'auth_type_local'", LOCAL],
    ["SELECT count(*) FROM confluent.iam.users WHERE auth_type = 'auth_type_local'", LOCAL],
    ["SELECT id FROM confluent.iam.invitations WHERE status IN ('SENT', 'INVITE_STATUS_STAGED')", SENT],
    ['SELECT id FROM confluent.iam.invitations WHERE status = :status', SENT],
    ["SELECT id FROM confluent.iam.pending_invitations WHERE status = 'SENT'", SENT],
    [
      "SELECT a.id FROM confluent.iam.invitations a, confluent.iam.invitations b WHERE a.status = 'SENT' AND b.status = 'SENT'",
      SENT,
    ],
    [
      "SELECT id FROM confluent.managed_kafka_clusters.clusters WHERE environment = 'env-p7r2k1' AND status.phase = 'Provisioned'",
      text('status.phase', 'managed_kafka_clusters.clusters', 'Provisioned', 'PROVISIONED'),
    ],
  ])('%s', async (sql, ...notices) => {
    expect(await told(sql, { status: 'SENT' })).toEqual(notices)
  })

  it.each([
    "SELECT id FROM confluent.iam.users WHERE auth_type = 'AUTH_TYPE_LOCAL'",
    "SELECT id FROM confluent.iam.users WHERE auth_type = 'AUTH_TYPE_NEW' OR auth_type = ''",
    "SELECT id FROM confluent.iam.users WHERE auth_type LIKE 'auth_type_local'",
    "SELECT id FROM confluent.iam.users WHERE lower(auth_type) = 'auth_type_local'",
    "SELECT id FROM confluent.iam.users WHERE email = 'local'",
  ])('does not warn of other texts: %s', async sql => {
    expect(await told(sql)).toEqual([])
  })
})
