// Writes V8's code cache beside each built file, after running typical statements. src/cli/launch.ts reads it.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/** Together these use every stage of a statement: name resolution, paging, a join, an OR. */
const STATEMENTS = `
SHOW METHODS IN confluent.iam.invitations;
DESCRIBE confluent.iam.invitations;
SELECT id, email FROM confluent.iam.users WHERE id = 'u-08mnyy';
SELECT i.email, u.full_name FROM confluent.iam.invitations i JOIN confluent.iam.users u ON u.id = i.creator.id WHERE i.status = 'x' OR i.email LIKE 'a%' LIMIT 5`

/** Caches that are there already stay, as they have the functions of the statements. */
const RECORD = `
const { existsSync, writeFileSync } = require('node:fs')
const { scripts } = require(process.argv[1])
process.on('exit', () => {
  for (const [file, script] of scripts)
    if (!existsSync(file + '.cache')) writeFileSync(file + '.cache', script.createCachedData())
})`

/** What a client of the MCP server asks. */
const MESSAGES = [
  [
    'initialize',
    { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'build', version: '1' } },
  ],
  ['tools/list', {}],
  ['tools/call', { name: 'search_tables', arguments: { words: 'users' } }],
  ['tools/call', { name: 'query', arguments: { sql: 'SELECT id, email FROM confluent.iam.users' } }],
].map(([method, params], i) => ({ jsonrpc: '2.0', id: i, method, params }))

execFileSync(process.execPath, ['-e', RECORD, PROGRAM, '--sandbox', STATEMENTS], {
  stdio: ['ignore', 'ignore', 'inherit'],
})

const server = spawn(process.execPath, ['-e', RECORD, PROGRAM, 'mcp', '--sandbox'], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const exit = once(server, 'exit')
for (const message of MESSAGES) server.stdin.write(`${JSON.stringify(message)}\n`)
let open = MESSAGES.length
for await (const line of createInterface({ input: server.stdout })) {
  if ('error' in JSON.parse(line)) throw new Error(line)
  if (--open === 0) server.stdin.end()
}
const [status] = await exit
if (status !== 0) throw new Error(`the MCP server ended with status ${status}`)
