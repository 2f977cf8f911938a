import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { folder, PLANTED, PROGRAM } from '../cli/support.ts'
import { atEnd } from '../support/cleanup.ts'

/** The program with a client that writes the lines of the protocol by hand. */
async function start(args: readonly string[], { before = '' } = {}) {
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
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  })
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  return {
    child,
    query: (sql: string) => ask('tools/call', { name: 'query', arguments: { sql } }),
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
