import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { profileText } from '../../src/cli/init/text.ts'
import { loadProfile } from '../../src/config/load.ts'
import { parseProfiles } from '../../src/config/parse.ts'
import { cli, folder } from '../cli/support.ts'
import { KINDS } from '../config/support.ts'
import { PtyShell } from '../repl/pty.ts'

const VARIABLES = { key: 'CONFLUENT_CLOUD_API_KEY', secret: 'CONFLUENT_CLOUD_API_SECRET' }
const SAMPLE = profileText({ name: 'default', key: undefined, variables: VARIABLES, others: [] })
const fileBelow = (home: string): string => join(home, '.config/confluentql/config.yaml')
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe.concurrent('not on a terminal', () => {
  it('writes the sample, which only its owner can read, and tells on stderr alone', async () => {
    const home = folder()
    const file = join(home, 'confluentql/config.yaml')
    expect(await cli(['init'], { env: { XDG_CONFIG_HOME: home }, stdin: 'PLANTED\nanswers\n' })).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: `wrote ${file}, which only you can read\nto check it: confluentql doctor\n`,
    })
    expect(readFileSync(file, 'utf8')).toBe(SAMPLE)
    expect([modeOf(file), modeOf(join(home, 'confluentql'))]).toEqual(['600', '700'])
    expect(readdirSync(join(home, 'confluentql'))).toEqual(['config.yaml'])
  })

  it('writes where --config says, a profile of the name that --profile says', async () => {
    const dir = folder()
    expect(
      await cli(['init', '--config', 'my profiles.yaml', '--profile', 'prod'], { cwd: dir }),
    ).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(
        /^wrote my profiles\.yaml, .*\nto check it: confluentql doctor --config 'my profiles\.yaml' --profile prod\n$/,
      ),
    })
    const { profiles } = await parseProfiles(readFileSync(join(dir, 'my profiles.yaml'), 'utf8'), 'x', KINDS)
    expect([...profiles.keys()]).toEqual(['prod'])
  })

  it('leaves a file that exists as it is, unless it is told to replace it', async () => {
    const dir = folder()
    const run = (...args: string[]): ReturnType<typeof cli> =>
      cli(['init', '--config', 'p.yaml', ...args], { cwd: dir })
    writeFileSync(join(dir, 'p.yaml'), 'profiles: {}\n', { mode: 0o644 })
    expect(await run()).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr:
        'error: p.yaml exists\nhint: change it with an editor, or have it replaced with confluentql init --config p.yaml --force\n',
    })
    expect(readFileSync(join(dir, 'p.yaml'), 'utf8')).toBe('profiles: {}\n')
    expect(await run('--force')).toMatchObject({ status: 0 })
    expect(readFileSync(join(dir, 'p.yaml'), 'utf8')).toBe(SAMPLE)
    expect(modeOf(join(dir, 'p.yaml'))).toBe('600')
    expect(readdirSync(dir)).toEqual(['p.yaml'])
  })

  it('says what prevents it', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'file'), '')
    expect(await cli(['init', '--config', 'file/p.yaml'], { cwd: dir })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: cannot write file\/p\.yaml: file is a file, not a folder\n/),
    })
    expect(
      await cli(['init'], { env: { HOME: undefined, USERPROFILE: undefined, XDG_CONFIG_HOME: undefined } }),
    ).toMatchObject({ status: 2, stderr: expect.stringContaining('--config FILE') })
  })
})

describe('the text', () => {
  it('is a profile file with its examples, and without them', async () => {
    // the examples are comments that hold YAML
    const all = SAMPLE.replace(/^( *)# ((?: *)(?:- .*|[a-z]\w*-?\w*:(?: .*)?))$/gm, '$1$2')
    const { profiles } = await parseProfiles(all, 'config.yaml', KINDS)
    expect(profiles.get('default')?.credentials.map(c => c.scopes)).toEqual([
      [{ kind: 'cloud' }],
      [{ resource: 'lkc-abc123' }],
      [{ resource: 'lsrc-abc123' }],
      [{ kind: 'flink', environment: 'env-abc123', region: 'aws.us-east-1' }],
    ])
    expect(profiles.get('default')?.endpoints).toEqual({
      'lkc-abc123': 'https://pkc-12345.us-east-1.aws.confluent.cloud',
      'lsrc-abc123': 'https://psrc-12345.us-east-1.aws.confluent.cloud',
    })
    expect(profiles.get('staging')?.credentials).toHaveLength(1)
    expect((await parseProfiles(SAMPLE, 'config.yaml', KINDS)).hasSecrets).toBe(false)
  })

  it('holds any name, key and secret', async () => {
    for (const odd of [
      '"',
      "'",
      '#x',
      '*a',
      '&a',
      '!x',
      '{',
      '\\n',
      ': ',
      'null',
      '1e3',
      '%',
      '@',
      '`',
      '- x',
    ]) {
      const text = profileText({
        name: odd,
        key: { key: odd, secret: odd },
        variables: VARIABLES,
        others: [{ id: 'lkc-1', url: 'https://a.example', key: { key: odd, secret: `${odd}2` } }],
      })
      const profile = (await parseProfiles(text, 'config.yaml', KINDS)).profiles.get(odd)
      const literal = (value: string): object => ({ kind: 'literal', text: value })
      expect(profile?.credentials.map(c => c.secret)).toEqual([
        { kind: 'key', key: literal(odd), secret: literal(odd) },
        { kind: 'key', key: literal(odd), secret: literal(`${odd}2`) },
      ])
      expect(profile?.endpoints).toEqual({ 'lkc-1': 'https://a.example' })
    }
  })
})

describe.concurrent('on a terminal', () => {
  it('asks, shows no secret, and writes a profile', async () => {
    const url = 'http://127.0.0.1:1'
    const terminal = new PtyShell(['init'])
    await terminal.until(/Name of the profile \[default\]: ?$/)
    await terminal.type('prox\x7fd\r', /prod\nCloud API key \[from CONFLUENT_CLOUD_API_KEY and .*\]: ?$/)
    await terminal.type('two words\r', /without blanks\.\nCloud API key .*: ?$/)
    await terminal.type('wrong\x15CLOUDKEY\r', /: CLOUDKEY\nIts secret \(not shown\): ?$/)
    await terminal.type('\r', /A secret is needed\.\nIts secret \(not shown\): ?$/)
    await terminal.type('a b\r', /without blanks\.\nIts secret \(not shown\): ?$/)
    await terminal.type('s3cr#t:x"y\r', /Its id \[none, or no more\]: ?$/)
    await terminal.type('cluster\r', /looks like lkc-abc123\.\nIts id .*: ?$/)
    await terminal.type('lkc-1\r', /Its base URL, .*: ?$/)
    await terminal.type('http://example.com\r', /must begin with https:\/\/\.\nIts base URL, .*: ?$/)
    await terminal.type(`${url}\r`, /Its API key \[none\]: ?$/)
    // a key and its secret, pasted together
    await terminal.type('KAFKAKEY\nkafka-secret\n', /Its secret \(not shown\):\nIts id .*: ?$/)
    await terminal.type('lkc-1\r', /has been given\.\nIts id .*: ?$/)
    await terminal.type('\x1b[A\r', /to check it: confluentql doctor --profile prod\n?$/)
    expect(await terminal.ended).toBe(0)
    expect(terminal.output).not.toMatch(/s3cr|kafka-secret/)
    const file = fileBelow(terminal.home)
    expect(modeOf(file)).toBe('600')
    const profile = await loadProfile({ env: { HOME: terminal.home }, name: 'prod', kinds: KINDS })
    expect(profile.endpoints).toEqual({ 'lkc-1': url })
    expect(profile.credentials.map(c => [c.scopes[0], c.secret])).toEqual([
      [
        { kind: 'cloud' },
        {
          kind: 'key',
          key: { kind: 'literal', text: 'CLOUDKEY' },
          secret: { kind: 'literal', text: 's3cr#t:x"y' },
        },
      ],
      [
        { resource: 'lkc-1' },
        {
          kind: 'key',
          key: { kind: 'literal', text: 'KAFKAKEY' },
          secret: { kind: 'literal', text: 'kafka-secret' },
        },
      ],
    ])
  })

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('%s ends it, and nothing is written', async (_name, key) => {
    const terminal = new PtyShell(['init'])
    await terminal.until(/Name of the profile/)
    await terminal.type('\r', /Cloud API key/)
    await terminal.type('K\r', /Its secret \(not shown\): ?$/)
    terminal.send(`half-a-secret`)
    if (key === '\x04') terminal.send('\x15')
    await terminal.type(key, /error: interrupted: nothing was written\n?$/)
    expect(await terminal.ended).toBe(130)
    expect(terminal.output).not.toContain('half-a-secret')
    expect(existsSync(fileBelow(terminal.home))).toBe(false)
  })

  it('asks nothing where the file exists', async () => {
    const home = folder()
    mkdirSync(join(home, '.config/confluentql'), { recursive: true })
    writeFileSync(fileBelow(home), 'profiles: {}\n')
    const terminal = new PtyShell(['init'], { home })
    await terminal.until(/error: .* exists\nhint: /)
    expect(await terminal.ended).toBe(2)
    expect(readFileSync(fileBelow(home), 'utf8')).toBe('profiles: {}\n')
  })

  it('leaves the terminal as it was', async () => {
    const terminal = new PtyShell(['init'], { by: 'stty -g; "$@"; stty -g' })
    await terminal.until(/Name of the profile/)
    await terminal.type('\r', /Cloud API key/)
    await terminal.type('\r', /Its id/)
    terminal.send('\r')
    await terminal.ended
    const [before, after] = terminal.screen.text.match(/^[0-9a-f]+:[0-9a-f:]+$/gm) ?? []
    expect(before).toBeDefined()
    expect(after).toBe(before)
  })
})
