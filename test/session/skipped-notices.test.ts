import { expect, it } from 'vitest'
import { openSandbox } from './sandbox.ts'

/* The notice of clusters that are not read, as they have no address yet: it is left out only where their rows cannot matter. */

const notices: string[] = []
const { session } = await openSandbox({ onNotice: text => notices.push(text) })

async function skippedBy(sql: string): Promise<boolean> {
  notices.length = 0
  await session.all(sql)
  return notices.some(text => text.startsWith('kafka.kafka.topics was not read for cluster_id lkc-5p8b6m'))
}

const TOPICS = 'SELECT topic FROM confluent.kafka_topics'

it.each([
  ['all rows', TOPICS],
  ['a count', `SELECT count(*) FROM (${TOPICS})`],
  ['a LIMIT beyond the rows', `${TOPICS} LIMIT 5000`],
  ['a LIMIT after ORDER BY', `${TOPICS} ORDER BY topic LIMIT 1`],
  ['a LIMIT of groups', `${TOPICS} GROUP BY topic LIMIT 1`],
  ['EXISTS of nothing', `SELECT EXISTS (${TOPICS} WHERE topic = 'none')`],
  ['NOT EXISTS of nothing', `SELECT NOT EXISTS (${TOPICS} WHERE topic = 'none')`],
  [
    'a LIMIT whose rows the outer query counts',
    `SELECT count(*) FROM (${TOPICS} WHERE topic LIKE 'orders%' LIMIT 50)`,
  ],
])('is shown for %s', async (_, sql) => {
  expect(await skippedBy(sql)).toBe(true)
})

it.each([
  ['a LIMIT that is reached', `${TOPICS} LIMIT 2`],
  ['a LIMIT of rows that match', `${TOPICS} WHERE topic = 'orders.dlq' LIMIT 2`],
  ['EXISTS of a row', `SELECT EXISTS (${TOPICS})`],
  ['a condition on another cluster', `${TOPICS} WHERE cluster = 'lkc-7p2v9d'`],
  [
    'a condition on the phase',
    `SELECT t.topic_name FROM confluent.clusters c
    JOIN kafka.kafka.topics t ON t.cluster_id = c.id AND t.rest_endpoint = c.http_endpoint WHERE c.phase = 'PROVISIONED'`,
  ],
])('is left out for %s', async (_, sql) => {
  expect(await skippedBy(sql)).toBe(false)
})
