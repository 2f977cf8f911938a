import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, folder, page, server } from './support.ts'

const U = 'confluent.iam.users'

test('.profile goes on with other addresses and credentials; tables stay, and an unknown one changes nothing', async () => {
  const sent: string[] = []
  const [one, two] = await Promise.all(
    ['one', 'two'].map(name =>
      server((request, response) => {
        sent.push(
          `${name} ${Buffer.from(String(request.headers.authorization).slice(6), 'base64').toString()}`,
        )
        response.end(page([`u-${name}`]))
      }),
    ),
  )
  const home = folder()
  mkdirSync(join(home, 'confluentql'))
  const profile = (name: string, url: string): string =>
    `  ${name}:\n    endpoints: { cloud: '${url}' }\n    credentials: [{ for: cloud, key: key-${name}, secret: secret-${name} }]\n`
  writeFileSync(
    join(home, 'confluentql', 'config.yaml'),
    `profiles:\n${profile('one', one!)}${profile('two', two!)}`,
    { mode: 0o600 },
  )
  const text = `CREATE TABLE kept AS SELECT id FROM ${U};\n.profile two\n.profile\nSELECT id FROM ${U} UNION SELECT id FROM kept ORDER BY 1;\n.profile three\nSELECT id FROM ${U};`
  const outcome = await cli(['--profile', 'one', '-o', 'ndjson', '--continue-on-error', '-q', '-f', '-'], {
    stdin: text,
    env: { XDG_CONFIG_HOME: home, CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined },
  })
  expect(outcome.stdout).toBe('{"id":"u-one"}\n{"id":"u-two"}\n{"id":"u-two"}\n')
  expect(outcome.stderr).toMatch(/^profile: two\nerror: <stdin>:5:1: there is no profile "three": /)
  expect(outcome.status).toBe(2)
  expect(sent).toEqual(['one key-one:secret-one', 'two key-two:secret-two', 'two key-two:secret-two'])
})

test('--config names the profile file, for a statement and for the shell', async () => {
  const sent: string[] = []
  const url = await server((request, response) => {
    sent.push(Buffer.from(String(request.headers.authorization).slice(6), 'base64').toString())
    response.end(page(['u-1']))
  })
  const dir = folder()
  const profile = (name: string): string =>
    `  ${name}: { endpoints: { cloud: '${url}' }, credentials: [{ for: cloud, key: k-${name}, secret: s }] }\n`
  writeFileSync(join(dir, 'own.yaml'), `profiles:\n${profile('default')}${profile('other')}`, { mode: 0o600 })
  const env = { CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined }
  const run = (args: string[], stdin?: string): ReturnType<typeof cli> =>
    cli(args, { cwd: dir, env, ...(stdin !== undefined && { stdin }) })
  const config = ['--config', 'own.yaml', '-o', 'ndjson']
  expect(await run([...config, `SELECT id FROM ${U}`])).toMatchObject({ status: 0, stdout: '{"id":"u-1"}\n' })
  expect(await run(['shell', ...config, '--profile', 'other'], `SELECT id FROM ${U};`)).toMatchObject({
    status: 0,
  })
  // a name twice is one profile
  expect(await run([...config, '--profile', 'other,other', `SELECT id FROM ${U}`])).toMatchObject({
    status: 0,
  })
  expect(sent).toEqual(['k-default:s', 'k-other:s', 'k-other:s'])
  expect(await run(['--config', 'not.yaml', `SELECT id FROM ${U}`])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^error: there is no profile file not\.yaml\nhint: .*confluentql init/),
  })
})
