import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { PROGRAM, server } from '../cli/support.ts'
import { PtyShell } from '../repl/pty.ts'
import { acme, store, tgz, written } from './support.ts'

const CONSENT = `  sends ACME_KEY and ACME_SECRET to https://api.acme.example\n`

/** Every file of a store, without what names it by chance. */
function filesOf({ XDG_DATA_HOME }: { readonly XDG_DATA_HOME: string }): string[] {
  const dir = join(XDG_DATA_HOME, 'confluentql', 'providers')
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry =>
        join(entry.parentPath, entry.name)
          .slice(dir.length + 1)
          .replace(/[\da-f]{16}-[\da-f]{8}/, 'SOURCE'),
      )
      .sort()
  } catch {
    return []
  }
}
const answering =
  (body: Buffer, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(200, headers).end(body)

describe.concurrent('provider add', () => {
  it('shows hosts, credentials and changes, and needs consent', async () => {
    const { provider, env } = store()
    const dir = written(acme())
    const asked = await provider(['add', dir])
    expect(asked).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr:
        `acme: Acme, 1.0.0, from ${dir}\n`
        + '  1 service, 1 table, 1 SELECT; can change: 1 INSERT\n'
        + CONSENT
        + 'error: this needs your consent, and there is no terminal to ask on\n'
        + `hint: if this is what you want: confluentql provider add ${dir} --yes\n`,
    })
    expect(filesOf(env)).toEqual([])
    const added = await provider(['add', dir, '--yes'])
    expect(added.status).toBe(0)
    expect(added.stderr).toContain(`${CONSENT}added acme: SHOW SERVICES IN acme lists what it has\n`)
    expect(filesOf(env)).toEqual(['acme/SOURCE/provider.yaml', 'acme/SOURCE/shop.yaml', 'acme/provider.json'])
    // the first statement does not wait for what every statement reads
    expect(readdirSync(env.XDG_CACHE_HOME, { recursive: true }).map(String)).toContainEqual(
      expect.stringMatching(/names\.json$/),
    )
    expect((await provider(['list', '-o', 'csv'])).stdout.split('\n')).toEqual([
      'name,title,version,services,tables,from,added',
      expect.stringMatching(/^acme,Acme,1\.0\.0,1,1,.*,20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      '',
    ])
  })

  it('takes the newest version of a folder or an archive, and documents only', async () => {
    const old = acme('https://old.acme.example', { version: '9.9.0' })
    const files = Object.fromEntries([
      ...Object.entries(old).map(([name, text]) => [`acme/v9.9.0/${name}`, text] as const),
      ...Object.entries(acme()).map(([name, text]) => [`acme/v10.0.0/${name}`, text] as const),
      ['acme/v10.0.0/._provider.yaml', 'x'],
      ['acme/v10.0.0/provider.yaml.sig', 'x'],
      ['acme/v10.0.0/run.sh', 'x'],
    ])
    const dir = written({ ...files, 'a.tgz': tgz(files) })
    for (const place of ['acme', 'a.tgz']) {
      const { provider, env } = store()
      expect(await provider(['add', place, '--yes', '-q'], { cwd: dir })).toMatchObject({
        status: 0,
        stdout: '',
        stderr: '',
      })
      expect(filesOf(env)).toEqual([
        'acme/SOURCE/provider.yaml',
        'acme/SOURCE/shop.yaml',
        'acme/provider.json',
      ])
      expect((await provider(['list', '-o', 'json'])).stdout).toContain('"version":"1.0.0"')
    }
  })

  it('takes an archive from a URL, without credentials', async () => {
    const { provider } = store()
    const seen: string[][] = []
    const url = await server((request, response) => {
      seen.push(Object.keys(request.headers).sort())
      if (request.url === '/latest') response.writeHead(302, { location: '/acme.tgz' }).end()
      else answering(tgz(acme()))(request, response)
    })
    expect(await provider(['add', `${url}/latest`, '--yes'])).toMatchObject({ status: 0 })
    expect(seen[1]).toEqual(['accept', 'connection', 'host', 'user-agent'])
    expect((await provider(['list', '-o', 'json'])).stdout).toContain(`"from":"${url}/latest"`)
  })

  it.each<readonly [what: string, answer: RequestListener, message: RegExp]>([
    ['that is not there', (_, r) => r.writeHead(404).end(), /^error: GET http:.*: 404 Not Found\n/],
    [
      'that leads elsewhere over http',
      (_, r) => r.writeHead(301, { location: 'http://example.com/a.tgz' }).end(),
      /redirects to http:\/\/example\.com, which is not followed: only https is\n/,
    ],
    [
      'that leads in a circle',
      (_, r) => r.writeHead(302, { location: '/' }).end(),
      /redirects to no place\n/,
    ],
    ['of a page', answering(Buffer.from('<html>')), /it is no \.tgz: /],
    [
      'that ends too soon',
      answering(tgz(acme()).subarray(0, 100)),
      /it is no \.tgz: unexpected end of file\n/,
    ],
    [
      'that is too large',
      (_, r) => r.writeHead(200, { 'content-length': String(65 * 2 ** 20) }).end(Buffer.alloc(65 * 2 ** 20)),
      /larger than 64 MB|too large|64/,
    ],
  ])('refuses a URL %s', async (_what, answer, message) => {
    const { provider, env } = store()
    const { status, stderr } = await provider(['add', await server(answer), '--yes'])
    expect(stderr).toMatch(message)
    expect(status).toBe(1)
    expect(filesOf(env)).toEqual([])
  })

  it.each<readonly [place: string, message: RegExp, status: number]>([
    ['http://example.com/a.tgz', /^error: http:\/\/example\.com\/a\.tgz must begin with https:\/\//, 2],
    ['https://user:pass@example.com/a.tgz', /^error: \S+ must not hold credentials/, 2],
    ['ftp://example.com/a.tgz', /must begin with https:\/\//, 2],
    ['nothing', /^error: cannot read nothing: there is no such file or folder\n/, 2],
    ['a.zip', /^error: a\.zip is no folder and no \.tgz\n/, 2],
    ['empty', /^error: empty has no provider\.yaml\nhint: a provider is a folder with provider\.yaml/, 1],
    ['several', /^error: several has several providers: a\/, b\/\nhint: name the folder of one/, 2],
    ['huge', /^error: huge\/shop\.yaml has 21 MB, and a document may have 20 MB\n/, 1],
    ['linked', /^error: linked\/shop\.yaml is a link or no plain file\n/, 1],
    [
      'neither',
      /^error: neither\/provider\.yaml has neither provider, as our format, nor providerServices/,
      1,
    ],
    ['wrong', /^error: wrong\/shop\.yaml:\d+: .*\nhint: \d+ more: confluentql provider check wrong\n/, 1],
    ['http', /^error: http\/provider\.yaml:\d+: hosts\.api\.url: must be https/, 1],
    ['lacking', /^error: .*lacking\/shop\.yaml/, 1],
    ['leaving.tgz', /^error: leaving\.tgz is not taken: "\.\.\/provider\.yaml" leaves its folder\n/, 1],
  ])('refuses %s', async (place, message, expected) => {
    const { provider, env } = store()
    const own = acme()
    const dir = written({
      'a.zip': '',
      'empty/readme.yaml': '',
      'several/a/provider.yaml': own['provider.yaml']!,
      'several/b/provider.yaml': own['provider.yaml']!,
      'huge/provider.yaml': own['provider.yaml']!,
      'huge/shop.yaml': Buffer.alloc(21 * 2 ** 20, '#'),
      'linked/provider.yaml': own['provider.yaml']!,
      'neither/provider.yaml': 'name: acme\n',
      'wrong/provider.yaml': own['provider.yaml']!,
      'wrong/shop.yaml': own['shop.yaml']!.replaceAll('sql:', 'sqll:'),
      'http/provider.yaml': acme('http://api.acme.example')['provider.yaml']!,
      'http/shop.yaml': own['shop.yaml']!,
      'lacking/provider.yaml': own['provider.yaml']!,
      'leaving.tgz': tgz({ '../provider.yaml': own['provider.yaml']!, '../shop.yaml': own['shop.yaml']! }),
    })
    symlinkSync('/etc/passwd', join(dir, 'linked/shop.yaml'))
    const { status, stderr, stdout } = await provider(['add', place, '--yes'], { cwd: dir })
    expect(stderr).toMatch(message)
    expect([status, stdout]).toEqual([expected, ''])
    expect(filesOf(env)).toEqual([])
  })

  it('needs another name where one is taken, and only one of several at once is added', async () => {
    const { provider, env } = store()
    const dir = written(acme())
    const own = written({ ...acme(), 'provider.yaml': acme()['provider.yaml']!.replace('acme', 'kafka') })
    expect(await provider(['add', own, '--yes'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^error: kafka is a provider of confluentql\nhint: add this one .*--as kafka2\n/,
      ),
    })
    const outcomes = await Promise.all([1, 2, 3].map(() => provider(['add', dir, '--yes'])))
    expect(outcomes.map(o => o.status).sort()).toEqual([0, 2, 2])
    expect(outcomes.find(o => o.status === 2)?.stderr).toContain('there is a provider acme already\n')
    expect(await provider(['add', dir, '--as', 'Acme', '--yes'])).toMatchObject({ status: 2 })
    expect(await provider(['add', dir, '--as', 'a.b', '--yes'])).toMatchObject({
      status: 2,
      stderr: 'error: --as a.b: a name has letters, digits and _ only\n',
    })
    expect(await provider(['add', dir, '--as', 'acme_eu', '--yes'])).toMatchObject({ status: 0 })
    expect((await provider(['list', '-o', 'csv'])).stdout).toMatch(/^name.*\nacme,.*\nacme_eu,.*\n$/)
    expect(filesOf(env).filter(file => file.endsWith('provider.json'))).toHaveLength(2)
  })
})

describe.concurrent('provider update', () => {
  it('says what is new, and asks only for hosts and credentials', async () => {
    const { provider, env } = store()
    const dir = written(acme())
    await provider(['add', dir, '--yes'])
    expect((await provider(['update'])).stderr).toBe('acme is as it was\n')
    const change = (files: Readonly<Record<string, string>>): void => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    }
    change(acme(undefined, { version: '1.1.0', tables: ['gadgets', 'gears'] }))
    expect(await provider(['update', 'acme'])).toMatchObject({
      status: 0,
      stderr:
        `acme: 1.0.0 to 1.1.0, from ${dir}\n`
        + '  + table shop.gadgets\n  + table shop.gears\n  - table shop.widgets\n'
        + '  SELECT methods: 1 before, 2 now\n  INSERT methods: 1 before, 2 now\nupdated acme\n',
    })
    const before = (await provider(['list', '-o', 'json'])).stdout
    change(acme('https://other.example', { version: '2.0.0' }))
    expect(await provider(['update', 'acme'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        '  + host https://other.example\n  - host https://api.acme.example\n'
          + 'acme asks for more than you agreed to:\n'
          + '  sends ACME_KEY and ACME_SECRET to https://other.example\n'
          + 'error: this needs your consent',
      ),
    })
    expect((await provider(['list', '-o', 'json'])).stdout).toBe(before)
    expect(await provider(['update', 'acme', '--yes', '-q'])).toMatchObject({ status: 0 })
    expect((await provider(['list', '-o', 'json'])).stdout).toContain('"version":"2.0.0"')
    // two versions are kept for sessions that read them
    expect(filesOf(env).filter(file => file.endsWith('shop.yaml'))).toHaveLength(3)
    rmSync(dir, { recursive: true })
    expect(await provider(['update', 'acme'])).toMatchObject({
      status: 2,
      stderr: `error: cannot read ${dir}: there is no such file or folder\n`,
    })
  })

  it('needs a provider that was added', async () => {
    const { provider } = store()
    expect(await provider(['update'])).toMatchObject({ status: 0, stderr: '' })
    expect(await provider(['update', 'acme'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^error: no provider acme was added\nhint: confluentql provider add PLACE adds one/,
      ),
    })
    expect(await provider(['remove', '../acme'])).toMatchObject({ status: 2 })
  })
})

describe.concurrent('provider remove', () => {
  it('removes one, and its documents a day later', async () => {
    const { provider, env } = store()
    const dir = written(acme())
    await provider(['add', dir, '--yes'])
    await provider(['add', dir, '--as', 'b', '--yes'])
    expect(await provider(['remove', 'acme'])).toMatchObject({ status: 0, stderr: 'removed acme\n' })
    expect((await provider(['list', '-o', 'csv', '--no-header'])).stdout).toMatch(/^b,[^\n]*\n$/)
    expect(filesOf(env)).toContain('acme/SOURCE/shop.yaml')
    expect(await provider(['add', dir, '--yes'])).toMatchObject({ status: 0 })
  })

  it('removes one whose record is damaged, which is an error elsewhere', async () => {
    const { provider, env } = store()
    const dir = join(env.XDG_DATA_HOME, 'confluentql/providers/acme')
    for (const text of ['{', '[]', '{"name":"acme","consent":{},"source":"../.."}']) {
      mkdirSync(dir, { recursive: true })
      writeFileSync(join(dir, 'provider.json'), text)
      expect(await provider(['list'])).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /^error: cannot read the added provider acme: .*\nhint: confluentql provider remove acme/,
        ),
      })
      expect(await provider(['remove', 'acme'])).toMatchObject({ status: 0 })
      expect((await provider(['list'])).stderr).toMatch(/^no provider was added; /)
    }
  })
})

it('provider docs writes the reference of a provider', async () => {
  const { provider } = store()
  const dir = written({})
  const { status, stderr } = await provider(['docs', 'kafka', 'out'], { cwd: dir })
  expect([status, stderr]).toEqual([0, 'wrote 4 pages: out/README.md\n'])
  expect(readFileSync(join(dir, 'out/kafka/share_group.md'), 'utf8')).toContain(
    '<!-- Made by confluentql provider docs kafka. -->',
  )
  expect(readFileSync(join(dir, 'out/README.md'), 'utf8')).not.toContain('confluent.iam')
  expect(await provider(['docs', 'nothing', 'out'], { cwd: dir })).toMatchObject({ status: 2 })
  writeFileSync(join(dir, 'file'), '')
  expect(await provider(['docs', 'kafka', 'file'], { cwd: dir })).toMatchObject({
    status: 1,
    stderr: 'error: cannot write to file: it is a file, not a folder\n',
  })
})

// a limit on the size of files fails as a full disk does, after some pages
it.skipIf(process.platform === 'win32')('provider docs leaves no page if one cannot be written', async () => {
  const { env } = store()
  const dir = written({})
  const child = spawn(
    'sh',
    ['-c', 'ulimit -f 8; exec "$0" "$1" provider docs kafka out', process.execPath, PROGRAM],
    { cwd: dir, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const stderr = child.stderr.setEncoding('utf8').toArray()
  const [status] = (await once(child, 'close')) as [number | null]
  expect([status, (await stderr).join('')]).toEqual([
    1,
    expect.stringMatching(/^error: cannot write to out: /),
  ])
  expect(readdirSync(dir, { recursive: true }).filter(name => String(name).includes('.'))).toEqual([])
})

describe('on a terminal', () => {
  it('asks, and adds after yes alone', async () => {
    const { env, provider } = store()
    const dir = written(acme())
    const shell = new PtyShell(['provider', 'add', dir], { env })
    await shell.until(/Add it\? \(y\/N\)/)
    shell.send('n\r')
    expect(await shell.ended).toBe(1)
    expect(filesOf(env)).toEqual([])
    const again = new PtyShell(['provider', 'add', dir], { env })
    await again.until(/Add it\? \(y\/N\)/)
    again.send('yes\r')
    expect(await again.ended).toBe(0)
    expect((await provider(['list', '-o', 'json'])).stdout).toContain('"name":"acme"')
  })
})

it('a killed process leaves no provider, and nothing in the way of the next', async () => {
  const { env, provider } = store()
  // many documents, so that writing them takes a while
  const files = { ...acme() }
  for (let i = 0; i < 3000; i++) files[`more/${i}.yaml`] = `# ${i}\n`
  const dir = written(files)
  const providers = join(env.XDG_DATA_HOME, 'confluentql/providers')
  const child = spawn(process.execPath, [PROGRAM, 'provider', 'add', dir, '--yes'], {
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'close')
  const isWriting = (): boolean =>
    existsSync(providers) && readdirSync(providers).some(name => name.startsWith('.new-'))
  while (child.exitCode === null && !isWriting()) await sleep(1)
  child.kill('SIGKILL')
  await ended
  expect((await provider(['list', '-o', 'csv', '--no-header'])).stdout).toBe('')
  expect((await provider(['add', dir, '--yes', '-q'])).status).toBe(0)
})
