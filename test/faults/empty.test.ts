import { describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { run } from '../session/support.ts'
import { atEnd, listen } from '../support/cleanup.ts'

/** What a statement gives where every request is answered with a status and a body. */
async function answered(sql: string, status: number, body: string): Promise<Awaited<ReturnType<typeof run>>> {
  const url = await listen((_, response) => response.writeHead(status).end(body))
  const names = ['CONFLUENT_CLOUD', 'KAFKA', 'SCHEMA_REGISTRY']
  const keys = names.flatMap(name => [
    [`${name}_API_KEY`, 'k'],
    [`${name}_API_SECRET`, 's'],
  ])
  const urls = ['CONFLUENT_CLOUD_ENDPOINT', 'KAFKA_REST_ENDPOINT', 'SCHEMA_REGISTRY_REST_ENDPOINT'].map(
    name => [name, url],
  )
  const session = new Session({ env: Object.fromEntries([...keys, ...urls]), builtIn: compiledDir() })
  atEnd(() => session.close())
  return run(session, sql)
}

const EMPTY: readonly (readonly [number, string])[] = [
  [204, ''],
  [200, ''],
  [202, ' \n'],
]

describe.each(EMPTY)('an answer of status %i with the body %j', (status, body) => {
  it.each([
    "EXEC confluent.schema_registry.exporters.pause_exporter_by_name @name = 'x'",
    'EXEC confluent.schema_registry.modes.update_mode @subject = \'s\', @@json = \'{"mode":"IMPORT"}\'',
    "EXEC kafka.kafka.mirror_topics.update_kafka_mirror_topics_pause @cluster_id = 'lkc-1', @link_name = 'l'",
    "EXEC confluent.stream_sharing.provider_shares.resend_cdx_v1provider_share @id = 'ss-1'",
    "EXEC confluent.iam.users.delete_iam_v2user @id = 'u-1'",
  ])('is a success of %s', async sql => {
    const { affected, error, rows } = await answered(sql, status, body)
    expect(error).toBeUndefined()
    expect(affected).toEqual({ verb: 'EXEC', count: 1 })
    expect(rows.every(row => row.every(value => value === null))).toBe(true)
  })

  it.each([
    "UPDATE confluent.iam.service_accounts SET description = 'x' WHERE id = 'sa-1'",
    "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.com')",
    "DELETE FROM confluent.iam.users WHERE id = 'u-1'",
  ])('is a success of %s, but RETURNING is an error', async sql => {
    expect((await answered(sql, status, body)).error).toBeUndefined()
    if (sql.startsWith('DELETE')) return
    const { error, rows } = await answered(`${sql} RETURNING id`, status, body)
    expect(rows).toEqual([])
    expect((error as Error).message).toContain('the answer is empty; the change was accepted')
  })

  it('is an error of a read', async () => {
    await expect(answered('SELECT id FROM confluent.iam.users', status, body)).rejects.toThrow(
      'not JSON: nothing',
    )
  })
})
