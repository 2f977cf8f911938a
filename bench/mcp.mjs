// The MCP server: milliseconds from the start of the process to its first answer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CREDENTIALS, folder, median, program } from './tools.mjs'

const INITIALIZE = {
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
}
const call = (name, args) => ({ method: 'tools/call', params: { name, arguments: args } })

/** Medians until the first answer of a query of one page, and of a search, which makes the index of all tables. */
export async function answerTimes(times, { url, set }) {
  await set({ rows: 100, latency: 0, page: 100 })
  const measured = { query: [], search: [] }
  for (let i = 0; i < times; i++) {
    const sql = 'SELECT id, email FROM confluent.iam.invitations'
    measured.query.push(await untilAnswer(url, call('query', { sql })))
    measured.search.push(await untilAnswer(url, call('search_tables', { words: 'invitations' })))
  }
  return { query: median(measured.query), search: median(measured.search) }
}

async function untilAnswer(url, message) {
  const [command, ...args] = program('mcp', '--endpoint', url)
  const started = performance.now()
  const server = spawn(command, args, {
    env: { PATH: process.env.PATH, HOME: folder, ...CREDENTIALS },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(server, 'close')
  for (const [id, body] of [INITIALIZE, message].entries())
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`)
  let ms
  for await (const line of createInterface({ input: server.stdout })) {
    const { id, result } = JSON.parse(line)
    if (id !== 1) continue
    if (!result || result.isError) throw new Error(line)
    ms = performance.now() - started
    server.stdin.end()
  }
  await closed
  return ms
}
