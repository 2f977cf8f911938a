import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, PLANTED, PROGRAM, server, spawned } from '../cli/support.ts'
import { PtyShell } from '../repl/pty.ts'
import { secretsOf } from './scanner.ts'

/** Wherever a secret may come from: one for each place. */
const SECRETS = {
  ...PLANTED,
  FILE_SECRET: 'planted-file-secret-1/+',
  COMMAND_SECRET: 'planted-command-secret-2',
  COMMAND_ARGUMENT_SECRET: 'planted-argument-secret-3',
  NAMED_SECRET: 'planted-named-secret-4',
  OAUTH_TOKEN: 'planted.oauth.token-5',
  SUBJECT_TOKEN: 'planted.subject.token-6',
  ACCESS_TOKEN: 'planted.access.token-7',
  ANSWER_SECRET: 'planted-answer-secret-8',
  PROXY_PASSWORD: 'planted-proxy-password-9',
}
const FORMS = secretsOf(SECRETS)
const shownIn = (text: string): string[] => FORMS.filter(form => text.includes(form))

const PROFILES = `profiles:
  default:
    credentials:
      - { for: lkc-abc12, key: FILEKEY, secret: '${SECRETS.FILE_SECRET}' }
  command: { credentials: [{ for: cloud, key: K, secret: { command: [sh, -c, 'echo ${SECRETS.COMMAND_SECRET}; echo ${SECRETS.COMMAND_SECRET} >&2', '${SECRETS.COMMAND_ARGUMENT_SECRET}'] } }] }
  broken: { credentials: [{ for: cloud, key: K, secret: { command: [sh, -c, 'echo ${SECRETS.COMMAND_SECRET}; echo ${SECRETS.COMMAND_SECRET} >&2; exit 3', '${SECRETS.COMMAND_ARGUMENT_SECRET}'] } }] }
  named: { credentials: [{ for: cloud, key: K, secret: { env: NAMED_SECRET } }] }
  oauth: { credentials: [{ for: schema_registry, oauth: { token: '${SECRETS.OAUTH_TOKEN}', identity_pool_id: pool-1, logical_cluster: lsrc-1 } }] }
  sts: { credentials: [{ for: cloud, sts: { identity_pool_id: pool-1, subject_token: '${SECRETS.SUBJECT_TOKEN}' } }] }
  strange: { credentials: [{ for: cloud, key: K, secret: '${SECRETS.FILE_SECRET}\\u0001é' }] }
`

/** Files that are refused as a whole. */
const WRONG = [
  `profiles:\n  default: { credentials: [{ for: cloud, key: K, secret: { command: [sh, "${SECRETS.COMMAND_ARGUMENT_SECRET}\\0"] } }] }\n`,
  `profiles:\n  default: { credentials: [{ for: cloud, key: K, secret: ['${SECRETS.FILE_SECRET}'] }] }\n`,
  `profiles:\n  default: { credentials: [{ for: cloud, key: K, secret: '${SECRETS.FILE_SECRET}' }]\n`,
  `profiles: { default: { endpoints: { cloud: 'https://u:${SECRETS.FILE_SECRET}@x.example' } } }\n`,
  `${SECRETS.FILE_SECRET}\n`,
]

/** Command lines of the processes that this one has started, as anybody on the machine can read them. */
function processes(): string {
  const read = (id: string, what: string): string => {
    try {
      return readFileSync(`/proc/${id}/${what}`, 'utf8')
    } catch {
      return ''
    }
  }
  const parents = new Map(
    (existsSync('/proc') ? readdirSync('/proc') : [])
      .filter(name => /^\d+$/.test(name))
      .map(id => [id, /^.*\) \S (\d+)/s.exec(read(id, 'stat'))?.[1]]),
  )
  const isOurs = (id: string | undefined): boolean =>
    id !== undefined && (id === String(process.pid) || isOurs(parents.get(id)))
  return [...parents.keys()]
    .filter(id => id !== String(process.pid) && isOurs(id))
    .map(id => read(id, 'cmdline') + read(id, 'comm'))
    .join('\n')
}

/** Everything in a folder, names as well. */
function contentOf(dir: string): string {
  return readdirSync(dir)
    .map(name => {
      const path = join(dir, name)
      const stat = statSync(path)
      return `${name}\n${stat.isDirectory() ? contentOf(path) : stat.isFile() ? readFileSync(path, 'latin1') : ''}`
    })
    .join('\n')
}

const KEY = {
  id: 'KEY1',
  spec: { secret: SECRETS.ANSWER_SECRET, display_name: 'x', owner: { id: 'u-1' } },
  metadata: {},
}

/** An API that masks nothing, and whose errors say what it was sent. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  seen: { processes: string; at: number },
): void {
  if (performance.now() - seen.at > 100) seen.processes += processes()
  seen.at = performance.now()
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  request.on('end', () => {
    const {
      url = '',
      headers: { authorization = '' },
    } = request
    // the id of a key is no secret: an API may name it in what it says
    const pair = Buffer.from(authorization.split(' ')[1] ?? '', 'base64')
      .toString()
      .replace(/^[^:]*:/, '')
    const echo = `${authorization} ${pair} ${authorization.split(' ')[1]} ${body}`
    const fail = (status: number, type: string, text: string): unknown =>
      response
        .writeHead(status, {
          'content-type': type,
          'www-authenticate': echo.replaceAll(/[^ -~]/g, ''),
          'retry-after': '0',
        })
        .end(text)
    if (url.includes('/sts/'))
      return url.includes('fail')
        ? fail(400, 'application/json', JSON.stringify({ error_description: echo }))
        : response.end(JSON.stringify({ access_token: SECRETS.ACCESS_TOKEN, expires_in: 900 }))
    if (url.includes('u-json'))
      return fail(
        400,
        'application/json',
        JSON.stringify({ errors: [{ detail: echo, code: echo }], message: echo }),
      )
    if (url.includes('u-html')) return fail(500, 'text/html', `<h1>${echo}</h1>`)
    if (url.includes('u-auth'))
      return fail(401, 'application/json', JSON.stringify({ errors: [{ detail: echo }] }))
    if (url.includes('u-moved'))
      return response
        .writeHead(302, { location: `https://elsewhere.example/?token=${encodeURIComponent(echo)}` })
        .end()
    if (url.includes('u-junk')) return response.end(`{"id": ${echo}`)
    if (url.includes('u-cut')) return request.socket.destroy()
    if (request.method === 'POST') return response.writeHead(201).end(JSON.stringify(KEY))
    if (request.method === 'DELETE') return response.writeHead(204).end()
    if (url.includes('/exporters'))
      return response.end(
        JSON.stringify(
          url.endsWith('/exporters')
            ? ['e']
            : { name: 'e', config: { 'basic.auth.user.info': SECRETS.ANSWER_SECRET } },
        ),
      )
    return response.end(JSON.stringify({ data: [KEY, { id: 'KEY2', email: 'a@b.example' }], metadata: {} }))
  })
}

const USERS = 'SELECT id, email FROM confluent.iam.users'
const KEYS = 'SELECT * FROM confluent.iam.api_keys'
const INSERT = "INSERT INTO confluent.iam.api_keys (spec.owner.id, spec.resource.id) VALUES ('u-1', 'cloud')"
const of = (id: string): string => `${USERS} WHERE id = '${id}'`
const FAILING = ['u-json', 'u-html', 'u-auth', 'u-moved', 'u-junk', 'u-cut']

/** Command lines, without the address of the API. */
const LINES: readonly (readonly string[])[] = [
  [USERS],
  [KEYS],
  [`${KEYS}; EXPLAIN ${KEYS}; EXPLAIN ANALYZE ${KEYS}`],
  [
    '-o',
    'json',
    "SELECT spec, spec.secret, spec ->> '$.secret', json(spec), hex(spec) FROM confluent.iam.api_keys",
  ],
  ...['html', 'xlsx', 'parquet', 'json', 'csv'].map(f => ['--out', `out.${f}`, KEYS]),
  ['--db', 'kept.db', `CREATE TABLE k AS ${KEYS}; SELECT * FROM k`],
  ['--continue-on-error', FAILING.map(of).join('; ')],
  ['--continue-on-error', '--out', 'failed.html', FAILING.map(of).join('; ')],
  ['--continue-on-error', FAILING.map(id => `DELETE FROM confluent.iam.users WHERE id = '${id}'`).join('; ')],
  [INSERT],
  ['--dry-run', INSERT],
  ['--dry-run', '-o', 'html', '--out', 'dry.html', INSERT],
  [`EXPLAIN ${INSERT}`],
  [`${INSERT} RETURNING id, spec.secret IS NULL`],
  ['diff', KEYS, USERS],
  ['diff', '--out', 'diff.html', 'out.json', KEYS],
  ['doctor'],
  ['doctor', '-o', 'json'],
  ['SELECT * FROM confluent.schema_registry.exporters'],
  ['SELECT nonsense FROM confluent.iam.users'],
  ['--profile', 'none', USERS],
  ...['command', 'broken', 'named', 'oauth', 'sts', 'strange'].map(name => [
    '--continue-on-error',
    '--profile',
    name,
    `${USERS}; ${of('u-json')}`,
  ]),
  ['--profile', 'broken', 'doctor'],
  ['--profile', 'sts', 'doctor'],
  ['--profile', 'oauth', 'SELECT * FROM confluent.schema_registry.exporters'],
  ["SELECT * FROM kafka.kafka.topics WHERE cluster_id = 'lkc-abc12'"],
  ['-f', 'script.sql'],
  ['shell'],
]

describe('secrets of every origin appear in no output', () => {
  it('not in the output of any command, its trace, its files, or the process list', async () => {
    const seen = { processes: '', at: 0 }
    const url = await server((request, response) => answer(request, response, seen))
    const dir = folder()
    mkdirSync(join(dir, '.config', 'confluentql'), { recursive: true })
    const config = join(dir, '.config', 'confluentql', 'config.yaml')
    writeFileSync(config, PROFILES, { mode: 0o600 })
    const work = join(dir, 'work')
    mkdirSync(work)
    writeFileSync(
      join(work, 'script.sql'),
      `.trace on\n.explain on\n.timer on\n.set\n-- title: keys\n${KEYS};\n${['vertical', 'csv', 'tsv', 'json', 'ndjson', 'markdown', 'html'].map(f => `.mode ${f}\n.once once.${f}.txt\n${KEYS};\n`).join('')}`,
    )
    const env = {
      ...SECRETS,
      HOME: dir,
      XDG_CONFIG_HOME: join(dir, '.config'),
      SCHEMA_REGISTRY_REST_ENDPOINT: url,
      SCHEMA_REGISTRY_API_KEY: 'PLANTEDREGISTRYKEY',
      KAFKA_REST_ENDPOINT: url,
      HTTP_PROXY: `http://user:${SECRETS.PROXY_PASSWORD}@127.0.0.1:1`,
    }
    const own = Object.fromEntries(
      Object.entries(env).filter(([name]) => !name.startsWith('CONFLUENT_CLOUD')),
    )
    const run = async (
      args: readonly string[],
      more: Readonly<Record<string, string>> = {},
    ): Promise<string> => {
      const profile = args.includes('--profile')
      const line = args.includes('doctor') ? ['doctor', ...args.filter(a => a !== 'doctor')] : args
      const rest = line.includes('shell') ? [] : ['--trace', '--retries', '1', '--timeout', '5']
      const given = {
        ...(profile ? own : env),
        ...(profile && { CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined }),
      }
      const { stdout, stderr } = await spawned(
        process.execPath,
        [PROGRAM, ...line, '--endpoint', url, ...rest],
        {
          cwd: work,
          env: { ...given, ...more },
          stdin: line.includes('shell') ? `.trace on\n${KEYS};\n${of('u-json')};\n.set\n.profile\n` : '',
        },
      )
      expect(shownIn(stdout + stderr), `${args.join(' ')}\n${stdout}${stderr}`).toEqual([])
      expect(stdout + stderr, args.join(' ')).not.toMatch(/^\s+at .+:\d+:\d+\)?$|bug in confluentql/m)
      return stderr
    }
    const lines = [...LINES]
    const said: string[] = []
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let line = lines.shift(); line; line = lines.shift()) said.push(await run(line))
      }),
    )
    for (const [i, text] of WRONG.entries()) {
      const home = join(dir, `wrong${i}`)
      mkdirSync(join(home, 'confluentql'), { recursive: true })
      writeFileSync(join(home, 'confluentql', 'config.yaml'), text, { mode: 0o600 })
      for (const args of [[USERS], ['doctor']])
        expect(await run(args, { XDG_CONFIG_HOME: home })).toMatch(
          args[0] === 'doctor' ? /^/ : /^error: .*config\.yaml:\d+: /m,
        )
    }
    const all = said.join('\n')
    for (const wanted of [/^GET http/m, /^POST http/m, / 401 /, / 500 /, /\[hidden\]/, /error: /])
      expect(all).toMatch(wanted)
    expect(shownIn(contentOf(work))).toEqual([])
    expect(readdirSync(work)).toEqual(
      expect.arrayContaining([
        'out.html',
        'out.xlsx',
        'out.parquet',
        'kept.db',
        'diff.html',
        'dry.html',
        'once.html.txt',
        'once.csv.txt',
      ]),
    )
    if (process.platform === 'linux') expect(seen.processes).toContain('cli.js')
    // the command of a profile is the user's own, and has in its arguments what the user put there
    expect(
      shownIn(seen.processes).filter(form => !form.includes('command') && !form.includes('argument')),
    ).toEqual([])
  })

  it('not in the shell, its history, or the arguments of its engine', async () => {
    const seen = { processes: '', at: 0 }
    const url = await server((request, response) => answer(request, response, seen))
    const shell = new PtyShell(['--endpoint', url, '--retries', '0'], {
      env: { ...SECRETS, SUBJECT_TOKEN: '' },
    })
    await shell.until(/confluentql>\s*$/)
    await shell.type(`.trace on\r${KEYS};\r`, /GET http[\s\S]*KEY1/)
    await shell.type(`${of('u-json')};\r`, /hidden/)
    await shell.type(
      `INSERT INTO confluent.sts.oauth_tokens (subject_token) VALUES ('${SECRETS.SUBJECT_TOKEN}');\r.set\r`,
      /confluentql>\s*$/,
    )
    await shell.leave()
    expect(shownIn(shell.output).filter(form => form !== SECRETS.SUBJECT_TOKEN)).toEqual([])
    expect(shownIn(contentOf(shell.home))).toEqual([])
    expect(contentOf(shell.home)).toContain('u-json')
    if (process.platform === 'linux') expect(seen.processes).toContain('engine.js')
    expect(shownIn(seen.processes)).toEqual([])
  })
})

describe.concurrent('what a process leaves when it fails', () => {
  const hook = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`

  it('is a message, not the error object with its properties', async () => {
    for (const thrown of ['throw error', 'Promise.reject(error)']) {
      const fault = `setTimeout(() => { const error = new TypeError('it broke', { cause: process.env }); error.headers = process.env; ${thrown} }, 50)`
      const { status, stderr } = await spawned(
        process.execPath,
        [
          '--import',
          hook(fault),
          PROGRAM,
          '--sandbox',
          'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) SELECT count(*) FROM confluent.iam.users, n',
        ],
        {},
      )
      expect(status).toBe(1)
      expect(stderr).toBe('error: it broke (this is a bug in confluentql)\n')
    }
  })

  it('is not a diagnostic report, which contains the environment', async () => {
    const dir = folder()
    const reports = (program: readonly string[]): Promise<unknown> =>
      spawned(
        process.execPath,
        [
          '--report-on-signal',
          '--report-on-fatalerror',
          '--report-uncaught-exception',
          '--max-old-space-size=40',
          ...program,
        ],
        { cwd: dir },
      )
    const eat = 'setTimeout(() => { const all = []; for (;;) all.push(new Array(1e5).fill(0.5)) }, 300)'
    await reports(['--import', hook(eat), PROGRAM, 'sandbox'])
    expect(contentOf(dir)).not.toContain(PLANTED.CONFLUENT_CLOUD_API_SECRET)
    // without the program there is one
    await reports(['-e', eat])
    expect(contentOf(dir)).toContain(PLANTED.CONFLUENT_CLOUD_API_SECRET)
  })
})
