// Runs the MCP server with the client of the first generation of its library: npm run test:mcp-v1. It is no dependency, as it
// brings a hundred packages: it is installed into a temporary folder.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const SDK = '@modelcontextprotocol/sdk'

const folder = mkdtempSync(join(tmpdir(), 'confluentql-mcp-'))
try {
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', `${SDK}@1.32.2`],
    { cwd: folder, stdio: 'inherit' },
  )
  const require = createRequire(join(folder, 'package.json'))
  const { Client } = require(`${SDK}/client/index.js`)
  const { StdioClientTransport } = require(`${SDK}/client/stdio.js`)
  const { ElicitRequestSchema } = require(`${SDK}/types.js`)
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } })
  const asked = []
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    asked.push(params.message)
    return { action: 'accept', content: { send: asked.length > 1 } }
  })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [PROGRAM, 'mcp', '--sandbox', '--allow-changes'],
    }),
  )
  const call = async (name, args) => (await client.callTool({ name, arguments: args })).content[0].text
  assert.equal((await client.listTools()).tools.length, 6)
  const audits = readdirSync(fileURLToPath(new URL('../../examples', import.meta.url))).filter(f =>
    f.endsWith('.sql'),
  )
  assert.equal((await client.listPrompts()).prompts.length, audits.length)
  assert.match(await call('search_tables', { words: 'invitations' }), /^confluent\.iam\./)
  assert.match(await call('describe_table', { table: 'confluent.iam.users' }), /\n {2}email string/)
  const count = 'SELECT count(*) FROM confluent.iam.service_accounts'
  const before = await call('query', { sql: count })
  assert.match(before, /\nThese are all rows: 1\.$/)
  const sql = "INSERT INTO confluent.iam.service_accounts (display_name) VALUES ('from-an-assistant')"
  const planOf = async () => /^plan: (\w+)$/m.exec(await call('plan_change', { sql }))[1]
  assert.equal(
    await call('apply_change', { sql, plan: await planOf() }),
    'The user refused. Nothing was sent.',
  )
  assert.equal(await call('apply_change', { sql, plan: await planOf() }), 'Done: INSERT 1.')
  assert.match(asked[1], /^1\. POST \S+\/iam\/v2\/service-accounts \{"display_name":"from-an-assistant"\}$/m)
  const number = text => Number(/^\[(\d+)\]$/m.exec(text)[1])
  assert.equal(number(await call('query', { sql: count })), number(before) + 1)
  await client.close()
  console.log('the client of the first generation works')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
