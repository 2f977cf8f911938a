import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder } from '../cli/support.ts'
import { open, REVISIONS } from './support.ts'
import { people, world, type World } from './world.ts'

/** A profile file with two organizations, each at an address of its own. */
async function twoProfiles(): Promise<{ file: string; east: World; west: World }> {
  const east = await world(() => people(2, { full_name: 'east' }))
  const west = await world(() => people(1, { full_name: 'west' }))
  const file = join(folder(), 'config.yaml')
  const profile = (name: string, { url }: World): string =>
    `  ${name}:\n    endpoints: { cloud: '${url}' }\n    credentials:\n      - { for: cloud, key: ${name.toUpperCase()}, secret: ${name}-secret-of-the-file }\n`
  writeFileSync(file, `profiles:\n${profile('east', east)}${profile('west', west)}`, { mode: 0o600 })
  return { file, east, west }
}

it.each(REVISIONS)('several profiles: a change goes to the one that its plan names (%s)', async revision => {
  const { file, east, west } = await twoProfiles()
  const audit = join(folder(), 'audit.jsonl')
  const asked: string[] = []
  const server = await open(['--config', file, '--all-profiles', '--allow-changes', '--audit', audit], {
    revision,
    env: { CONFLUENT_CLOUD_API_KEY: '', CONFLUENT_CLOUD_API_SECRET: '' },
    onForm: ({ message }) => {
      asked.push(message)
      return { action: 'accept', content: { send: true } }
    },
  })
  const count = 'SELECT profile, count(*) FROM confluent.iam.users GROUP BY 1 ORDER BY 1'
  const said = await server.call('query', { sql: count })
  expect(said.rows).toEqual([
    ['east', 2],
    ['west', 1],
  ])
  expect((await server.call('describe_table', { table: 'confluent.iam.users' })).text).toContain(
    '\n  profile string',
  )
  const planOf = async (sql: string): Promise<string> =>
    /^plan: (\w+)$/m.exec((await server.call('plan_change', { sql })).text)?.[1] ?? ''
  const inWest = "DELETE FROM confluent.iam.users WHERE profile = 'west' AND id = 'u-1'"
  const inEast = inWest.replace('west', 'east')
  const plan = await planOf(inWest)
  expect(await planOf(inEast)).not.toBe(plan)
  const other = await server.call('apply_change', { sql: inEast, plan })
  expect([other.isError, other.text]).toEqual([true, expect.stringContaining('not those of the plan')])
  expect((await server.call('apply_change', { sql: inWest, plan })).text).toBe('Done: DELETE 1.')
  expect([east.changes(), west.changes()]).toEqual([[], ['DELETE /iam/v2/users/u-1']])
  expect(asked).toEqual([expect.stringContaining(`\n1. [west] DELETE ${west.url}/iam/v2/users/u-1\n`)])
  const both =
    "DELETE FROM confluent.iam.users WHERE (id, profile) IN (SELECT id, profile FROM confluent.iam.users WHERE profile IN ('east', 'west'))"
  const { text } = await server.call('plan_change', { sql: both })
  expect(text).toContain(`1. [east] DELETE ${east.url}/iam/v2/users/u-1`)
  expect(text).toContain(`3. [west] DELETE ${west.url}/iam/v2/users/u-1`)
  const lines = readFileSync(audit, 'utf8')
  expect(lines).toMatch(/"outcome":"ok"[^\n]*"\[east\] GET [^\n]*"\[west\] GET /)
  expect(lines).toContain(`[west] DELETE ${west.url}/iam/v2/users/u-1`)
  expect(lines + text + said.text).not.toContain('-secret-of-the-file')
})
