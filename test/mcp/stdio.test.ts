import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { folder, PLANTED, PROGRAM } from '../cli/support.ts'
import { atEnd } from '../support/cleanup.ts'
import { people, world } from './world.ts'

/** The program with a client that writes the lines of the protocol by hand. */
async function start(args: readonly string[], { before = '', capabilities = {} } = {}) {
  const child = spawn('sh', ['-c', `${before} exec "$0" "$@"`, process.execPath, PROGRAM, 'mcp', ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...PLANTED },
  })
  atEnd(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => {})
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  let id = 0
  const ask = async (method: string, params: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`)
    const { value } = await lines.next()
    return (JSON.parse(String(value)) as { result: unknown }).result
  }
  await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities,
    clientInfo: { name: 'test', version: '1' },
  })
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  return {
    child,
    query: (sql: string) => ask('tools/call', { name: 'query', arguments: { sql } }),
    call: async (name: string, values: object) =>
      ((await ask('tools/call', { name, arguments: values })) as { content: { text: string }[] }).content[0]!
        .text,
    /** Sends a request, and answers the question that comes instead of its result. */
    answered: async (name: string, values: object, ...replies: object[]) => {
      const params = { name, arguments: values }
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method: 'tools/call', params })}\n`)
      const question = JSON.parse(String((await lines.next()).value)) as { method: string; id: unknown }
      expect(question.method).toBe('elicitation/create')
      for (const reply of replies)
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: question.id, ...reply })}\n`)
      const { result } = JSON.parse(String((await lines.next()).value)) as {
        result: { content: { text: string }[] }
      }
      return result.content[0]!.text
    },
    stderr: () => stderr,
  }
}

it('ends after a line that is too long, since nothing is read after it', async () => {
  const { child, stderr } = await start([])
  const ended = once(child, 'exit')
  child.stdin.write(`{"jsonrpc":"2.0","id":9,"method":"ping","params":{"x":"${'x'.repeat(12e6)}"}}\n`)
  expect(await ended).toEqual([0, null])
  expect(stderr()).toContain('notice: ReadBuffer exceeded maximum size')
})

it('begins a new line of the audit file after one that was written in part', async () => {
  const audit = join(folder(), 'audit.jsonl')
  const { query, stderr } = await start(['--audit', audit], { before: 'ulimit -f 1;' })
  while (!stderr().includes('cannot be written')) await query(`SELECT '${'x'.repeat(60)}'`)
  const torn = readFileSync(audit, 'utf8').split('\n').at(-1)!
  expect(torn).toMatch(/^\{"time"/)
  writeFileSync(audit, torn)
  await query('SELECT 2')
  const [first, second = '', ...others] = readFileSync(audit, 'utf8').split('\n')
  expect([first, others]).toEqual([torn, ['']])
  expect(JSON.parse(second)).toMatchObject({ statement: 'SELECT 2', outcome: 'ok' })
})

it('takes whatever is no answer of the user as a refusal', async () => {
  const { url, changes } = await world(() => people(1))
  const audit = join(folder(), 'audit.jsonl')
  const { call, answered } = await start(['--endpoint', url, '--allow-changes', '--audit', audit], {
    capabilities: { elicitation: {} },
  })
  const sql = "DELETE FROM confluent.iam.users WHERE id = 'u-1'"
  const apply = async (...replies: object[]): Promise<string> => {
    const plan = /^plan: (\w+)$/m.exec(await call('plan_change', { sql }))![1]
    return answered('apply_change', { sql, plan }, ...replies)
  }
  const yes = { action: 'accept', content: { send: true } }
  for (const reply of [
    { result: { action: 'yes', content: { send: true } } },
    { result: {} },
    { result: 'accept' },
    { result: null },
    { result: [yes] },
    { result: { action: 'accept', content: [true] } },
    { error: { code: -32000, message: 'it failed' } },
    { error: 'it failed' },
    { result: yes, error: { code: 1, message: 'both' } },
    { jsonrpc: '1.0', result: yes },
    {},
  ])
    expect(await apply(reply)).toMatch(/^The user gave no answer: [^]*\. Nothing was sent\.$/)
  for (const result of [
    { action: 'accept' },
    { action: 'accept', content: {} },
    { action: 'accept', content: { send: 'true' } },
    { action: 'decline', content: { send: true } },
  ])
    expect(await apply({ result })).toBe('The user refused. Nothing was sent.')
  expect(await apply({ result: { action: 'decline' } }, { result: yes })).toBe(
    'The user refused. Nothing was sent.',
  )
  expect(changes()).toEqual([])
  expect(readFileSync(audit, 'utf8').match(/"outcome":"no answer of the user"/g)).toHaveLength(11)
  expect(await apply({ result: yes }, { result: yes })).toBe('Done: DELETE 1.')
  expect(changes()).toEqual(['DELETE /iam/v2/users/u-1'])
})
