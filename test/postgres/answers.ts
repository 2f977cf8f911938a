import type { Client, DatabaseError } from 'pg'
import type { Generated } from '../server/random/statements.ts'

/** How a statement is sent and its rows are read. */
export type How = 'simple' | 'text' | 'binary' | 'cursor' | 'copy' | 'portal'

/** What a server answers. */
export interface Answer {
  readonly rows: readonly string[]
  readonly types: readonly number[]
  readonly tag: string
  readonly state?: string
  readonly message?: string
}

interface Result {
  readonly rows: (Buffer | string | null)[][]
  readonly fields: { dataTypeID: number }[]
  readonly command: string
  readonly rowCount: number | null
}

const RAW = { getTypeParser: () => (value: unknown) => value }

/** The answer of a server, with rows as texts. */
export async function answerOf(
  client: Client,
  { sql, isOrdered }: Generated,
  values: readonly string[],
  how: How,
): Promise<Answer> {
  try {
    return await ask(client, sql, values, how === 'cursor' && !isOrdered ? 'fetch' : how)
  } catch (error) {
    const { code, message } = error as DatabaseError
    if (how === 'cursor') await client.query('ROLLBACK')
    return { rows: [], types: [], tag: '', state: code ?? 'none', message: `${code ?? ''} ${message}` }
  }
}

async function ask(
  client: Client,
  sql: string,
  values: readonly string[],
  how: How | 'fetch',
): Promise<Answer> {
  const query = async (text: string, more: object = {}): Promise<Result> =>
    (await client.query({ text, rowMode: 'array', types: RAW, ...more } as never)) as unknown as Result
  if (how === 'simple') return answer([await query(sql)])
  if (how === 'copy') return copied(client, sql)
  if (how === 'cursor' || how === 'fetch') {
    await client.query(`BEGIN; DECLARE c NO SCROLL CURSOR FOR ${sql}`)
    const results = [await query('FETCH 3 FROM c'), await query('FETCH FORWARD 2 FROM c')]
    // which row is left out is determined only by an order
    if (how === 'cursor') results.push(await query('MOVE 1 IN c'))
    results.push(await query('FETCH ALL c'))
    await client.query('COMMIT')
    return answer(results)
  }
  if (how === 'portal') {
    // node-pg sends no Sync after an error in a portal that it reads in steps
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter & { sync(): void } }
    const onError = (): void => connection.sync()
    connection.on('errorMessage', onError)
    try {
      return answer([await query(sql, { values, rows: 4 })])
    } finally {
      connection.off('errorMessage', onError)
    }
  }
  return answer([await query(sql, { values, binary: how === 'binary' })])
}

function answer(results: readonly Result[]): Answer {
  const rows = results.flatMap(r =>
    r.rows.map(row =>
      row.map(v => (v === null ? 'NULL' : typeof v === 'string' ? v : v.toString('hex'))).join('|'),
    ),
  )
  return {
    rows,
    types: results[0]!.fields.map(f => f.dataTypeID),
    tag: results.map(r => `${r.command} ${r.rowCount ?? ''}`).join('; '),
  }
}

/** COPY … TO STDOUT, by the messages of the protocol. */
async function copied(client: Client, sql: string): Promise<Answer> {
  const rows: string[] = []
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter }
  const onData = ({ chunk }: { chunk: Buffer }): void => void rows.push(chunk.toString('utf8'))
  connection.on('copyData', onData)
  try {
    const { rowCount } = await client.query(`COPY (${sql}\n) TO STDOUT`)
    return { rows, types: [], tag: `COPY ${rowCount ?? ''}` }
  } finally {
    connection.off('copyData', onData)
  }
}
