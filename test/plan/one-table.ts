import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

/** A session on a server that answers each GET with all rows, and each change with an empty object. */
export interface OneTable {
  readonly rowsOf: (sql: string) => Promise<unknown[][]>
  /** The rows and notices of a statement. */
  readonly told: (sql: string) => Promise<{ rows: unknown[][]; notices: string[] }>
  /** The changes that a statement sends. */
  readonly sentBy: (sql: string) => Promise<string[]>
  /** Requests since the last statement began. */
  readonly requests: readonly string[]
}

/** Starts the server and the session. */
export async function oneTable(service: string, data: readonly object[]): Promise<OneTable> {
  const requests: string[] = []
  const notices: string[] = []
  const url = await listen((request, response) => {
    let body = ''
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${body}`.trimEnd())
      const answer = request.method === 'GET' ? { data } : {}
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  const session = new Session({
    catalog: loadCatalog(compiledProvider(oneHostProvider(''), service)),
    connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
    onNotice: notice => notices.push(notice),
  })
  atEnd(() => session.close())

  async function rowsOf(sql: string): Promise<unknown[][]> {
    requests.length = 0
    notices.length = 0
    const found: unknown[][] = []
    for await (const { rows } of session.run(sql)) for await (const row of rows) found.push([...row])
    return found
  }
  return {
    rowsOf,
    told: async sql => ({ rows: await rowsOf(sql), notices: [...notices] }),
    sentBy: async sql => {
      await rowsOf(sql)
      return requests.filter(r => !r.startsWith('GET'))
    },
    requests,
  }
}
