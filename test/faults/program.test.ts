import { describe, expect, it } from 'vitest'
import { cli, page, server } from '../cli/support.ts'
import { FAULTS, type Fault } from './faults.ts'

/** A sample of the faults, through the built program: what it prints, and its status. */
const SAMPLE = [
  'reset before the answer',
  'cut chunks',
  'stalls',
  'trickles',
  'HTML',
  'invalid UTF-8',
  'nested 100,000 deep',
  '301 to another host',
  '403',
  '429, Retry-After an hour',
  '503, nothing done',
]
const faults: readonly Fault[] = SAMPLE.map(name => FAULTS.find(f => f.name === name)!)
const OPTIONS = ['--timeout', '2', '--retries', '1', '-o', 'csv']

/** Page 1 is right; what comes after it, and every change, meets the fault. */
const faulty = (fault: Fault): Promise<string> =>
  server((request, response) => {
    const url = request.url ?? ''
    if (request.method === 'GET' && !url.includes('page_token')) response.end(page(['u-1', 'u-2'], 'two'))
    else
      fault.act({
        response,
        status: 200,
        text: request.method === 'GET' ? page(['u-3']) : '{"id":"i-1","email":"a@example.com"}',
        url,
        prefix: '',
      })
  })

describe.concurrent.each(faults.map(fault => [fault.name, fault] as const))('%s', (_, fault) => {
  it('at the second page: status 1, an error with a hint, and no partial rows', async () => {
    const url = await faulty(fault)
    const { status, stdout, stderr } = await cli([
      ...OPTIONS,
      '--endpoint',
      url,
      'SELECT id FROM confluent.iam.users ORDER BY id',
    ])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^error: GET http:\/\/127\.0\.0\.1:\d+\/iam\/v2\/users\?.*\nhint: .+\n$/)
  })

  it('at a change: status 1, and what is known about its outcome', async () => {
    const url = await faulty(fault)
    const { status, stdout, stderr } = await cli([
      ...OPTIONS,
      '--endpoint',
      url,
      "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.com') RETURNING id",
    ])
    expect({ status, stdout: stdout.replace(/^id\n?$/, '') }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^error: POST http:\/\/127\.0\.0\.1:\d+\/iam\/v2\/invitations.*\nhint: .+\n$/)
    if (fault.isDone)
      expect(stderr).toMatch(
        /accepted|SELECT \* FROM confluent\.iam\.invitations WHERE email = 'a@example\.com'/,
      )
  })
})

describe('an answer of 200 MB', () => {
  it('is read completely', async () => {
    const filling = 'x'.repeat(20_000)
    const rows = Math.ceil((200 * 2 ** 20) / filling.length)
    const url = await server((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":[')
      let n = 0
      const more = (): void => {
        while (n < rows)
          if (!response.write(`{"id":"u-${n++}","email":"${filling}"},`))
            return void response.once('drain', more)
        response.end('{"id":"last"}],"metadata":{}}')
      }
      more()
    })
    const { status, stdout, stderr } = await cli([
      '-o',
      'csv',
      '--no-header',
      '--endpoint',
      url,
      'SELECT count(id) FROM confluent.iam.users',
    ])
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${rows + 1}\n`, stderr: '' })
  })
})
