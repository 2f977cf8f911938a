import { beforeAll, describe, expect, it } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

/*
 * The server's address is 127.0.0.1, whose last parts the statements give: a host with parts has https, so the template
 * of this provider file is replaced after it is compiled.
 */
const PROVIDER = `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url_param: rest_endpoint, url_parts: 'https://{endpoint}.{region}.example.com', auth: { kind: none } } }
host: main
services: { s: { title: Test } }
`
const SERVICE = `
service: s
resources:
  topics:
    summary: Topics
    columns: { cluster_id: { type: string, input: true }, topic_name: string, partitions: integer }
    methods:
      list_topics: { sql: select, call: 'GET /clusters/{cluster_id}/topics', rows: $.data }
      create_topic: { sql: insert, call: 'POST /clusters/{cluster_id}/topics', body: { topic_name: required, partitions: optional } }
      update_topic: { sql: update, call: 'PATCH /clusters/{cluster_id}/topics/{topic_name}', body: { partitions: optional } }
      delete_topic: { sql: delete, call: 'DELETE /clusters/{cluster_id}/topics/{topic_name}' }
      empty_topic: { sql: exec, call: 'POST /clusters/{cluster_id}/topics/{topic_name}/empty', body: { partitions: optional } }
`
const requests: string[] = []
let session: Session
beforeAll(async () => {
  const url = await listen((request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (c: Buffer) => chunks.push(c))
      .on('end', () => {
        requests.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`.trim())
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ data: [{ topic_name: 't' }], topic_name: 't' }))
      })
  })
  const catalog = loadCatalog(compiledProvider(PROVIDER, SERVICE))
  const port = new URL(url).port
  const host = catalog.provider('p')!.hosts['main']!
  Object.assign(host, { urlParts: `http://{endpoint}.0.{region}:${port}` })
  session = new Session({ catalog, connect: async () => createClient({ env: {}, retries: 0 }) })
  atEnd(() => session.close())
})

async function sentBy(sql: string): Promise<string[]> {
  requests.length = 0
  for await (const { rows, finish } of session.run(sql)) {
    for await (const _ of rows);
    finish()
  }
  return [...requests]
}

const PARTS = "endpoint = '127.0' AND region = '1'"
const LIST = 'GET /clusters/c/topics'

describe('parts of an address stand for it', () => {
  it.each<readonly [sql: string, sent: readonly string[]]>([
    [`SELECT topic_name FROM p.s.topics WHERE cluster_id = 'c' AND ${PARTS}`, [LIST]],
    [
      `SELECT x.topic_name FROM p.s.topics AS X WHERE x.REGION = '1' AND x.cluster_id = 'c' AND X.endpoint = '127' || '.0'`,
      [LIST],
    ],
    [`SELECT 1 WHERE 't' IN (SELECT topic_name FROM p.s.topics WHERE cluster_id = 'c' AND ${PARTS})`, [LIST]],
    [
      `WITH a AS (SELECT * FROM p.s.topics WHERE cluster_id = 'c' AND ${PARTS}) SELECT count(*) FROM a`,
      [LIST],
    ],
    [
      `SELECT 1 FROM p.s.topics a JOIN p.s.topics b ON b.cluster_id = 'd' AND b.endpoint = '127.0' AND b.region = '1' WHERE a.cluster_id = 'c' AND a.endpoint = '127.0' AND a.region = '1'`,
      [LIST, 'GET /clusters/d/topics'],
    ],
    [
      `DELETE FROM p.s.topics WHERE cluster_id = 'c' AND topic_name = 't' AND ${PARTS}`,
      ['DELETE /clusters/c/topics/t'],
    ],
    [
      `UPDATE p.s.topics SET partitions = 3 WHERE cluster_id = 'c' AND topic_name = 't' AND ${PARTS}`,
      ['PATCH /clusters/c/topics/t {"partitions":3}'],
    ],
    [
      "INSERT INTO p.s.topics (cluster_id, endpoint, topic_name, region) VALUES ('c', '127.0', 'a', '1'), ('c', '127.0', 'b', '1')",
      ['POST /clusters/c/topics {"topic_name":"a"}', 'POST /clusters/c/topics {"topic_name":"b"}'],
    ],
    [
      "INSERT INTO p.s.topics (endpoint, region, cluster_id, data__topic_name) SELECT '127.0', '1', 'c', 'a'",
      ['POST /clusters/c/topics {"topic_name":"a"}'],
    ],
    [
      `EXEC p.s.topics.empty_topic @region = '1', @cluster_id = 'c', @topic_name = 't', @endpoint = '127.0' @@json = '{"partitions":1}'`,
      ['POST /clusters/c/topics/t/empty {"partitions":1}'],
    ],
    [
      `CREATE VIEW v AS SELECT topic_name FROM p.s.topics WHERE cluster_id = 'c' AND ${PARTS}; SELECT * FROM v`,
      [LIST],
    ],
  ])('%s', async (sql, sent) => {
    expect((await sentBy(sql)).sort()).toEqual([...sent].sort())
  })

  it.each<readonly [sql: string, message: string, at: string]>([
    [
      "SELECT 1 FROM p.s.topics WHERE cluster_id = 'c' AND region = '1'",
      'no column "region" in p.s.topics',
      'region',
    ],
    [
      `SELECT 1 FROM p.s.topics WHERE cluster_id = 'c' OR ${PARTS}`,
      'no column "endpoint" in p.s.topics; did you mean rest_endpoint?',
      'endpoint',
    ],
    [
      `SELECT nope FROM p.s.topics WHERE cluster_id = 'c' AND ${PARTS}`,
      'no column "nope" in p.s.topics',
      'nope',
    ],
    [`SELECT 1 FROM p.s.topics WHERE ${PARTS} AND nope = 1`, 'no column "nope" in p.s.topics', 'nope'],
    [
      "INSERT INTO p.s.topics (cluster_id, topic_name, region) VALUES ('c', 't', '1')",
      'no column "region" to set in p.s.topics',
      'region',
    ],
  ])('%s is an error at its place', async (sql, message, at) => {
    requests.length = 0
    const start = sql.indexOf(at)
    await expect(sentBy(sql)).rejects.toMatchObject({ message, span: { start, end: start + at.length } })
    expect(requests).toEqual([])
  })
})
