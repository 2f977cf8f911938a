import { text } from 'node:stream/consumers'
import { Session } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { run } from '../session/support.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const URLS = ['CONFLUENT_CLOUD_ENDPOINT', 'KAFKA_REST_ENDPOINT', 'SCHEMA_REGISTRY_REST_ENDPOINT']
const KEYS = ['CONFLUENT_CLOUD', 'KAFKA', 'SCHEMA_REGISTRY', 'TABLEFLOW'].flatMap(name => [
  [`${name}_API_KEY`, 'k'],
  [`${name}_API_SECRET`, 's'],
])

export interface Asked {
  readonly rows: readonly (readonly unknown[])[]
  /** `METHOD /path?query`, and the body where there is one. */
  readonly requests: readonly string[]
  readonly notices: readonly string[]
}

/** What is answered, by path, or by path and query. */
export type Answers = Readonly<Record<string, unknown>>

/** What a statement gives where each request is answered by its method and path, decoded; 404 where there is no answer. */
export async function asked(sql: string, answers: Answers): Promise<Asked> {
  const requests: string[] = []
  const notices: string[] = []
  const url = await listen(async (request, response) => {
    const body = await text(request)
    requests.push([request.method, request.url, body].filter(Boolean).join(' '))
    const whole = decodeURIComponent(request.url!)
    const found = answers[whole] ?? answers[whole.split('?')[0]!]
    if (found === undefined && request.method === 'GET') response.writeHead(404).end('{}')
    else response.end(request.method === 'DELETE' ? '' : JSON.stringify(found))
  })
  const env = Object.fromEntries([...KEYS, ...URLS.map(name => [name, url])])
  const session = new Session({ env, builtIn: compiledDir(), onNotice: notice => notices.push(notice) })
  atEnd(() => session.close())
  const ran = await run(session, sql)
  if (ran.error !== undefined) throw ran.error
  return { rows: ran.rows, requests, notices }
}
