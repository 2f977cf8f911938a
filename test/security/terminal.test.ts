import Database from 'better-sqlite3'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { columns } from '../../src/cli/repl/listing.ts'
import { promptsOf, searchPrompt } from '../../src/cli/repl/prompts.ts'
import { layout } from '../../src/cli/repl/view.ts'
import { startEditor } from '../../src/cli/repl/editor-state.ts'
import { errorText, withPlace } from '../../src/cli/report.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { FORMAT_NAMES } from '../../src/render/renderer.ts'
import { cli, folder, server } from '../cli/support.ts'
import { PtyShell } from '../repl/pty.ts'
import { column, options, pick, random, renderBytes } from '../render/support.ts'

/** What terminals obey: colours, titles, the clipboard, links, queries, 8-bit controls, other directions, going back, sounds. */
const PIECES = [
  '\x1b[45;5m',
  '\x1b]0;title\x07',
  '\x1b]52;c;aGk=\x07',
  '\x1b]8;;http://evil.example\x1b\\',
  '\x1b[2J',
  '\x1b[6n',
  '\x1bc',
  '\x1bP$q"p\x1b\\',
  '\x1b_x\x1b\\',
  '\x1b(0',
  '\x9b2J',
  '\x9d0;x\x9c',
  '\x90x\x9c',
  '\x85',
  '\x8d',
  '\u202e',
  '\u202a',
  '\u2066',
  '\u2069',
  '\u061c',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\x08\x08',
  '\x7f',
  '\x0e',
  '\x0f',
  '\x05',
  '\r',
  '\x0b',
  '\x0c',
  '\0',
  'a',
  '<b>',
  '=1',
  '%s',
  '\\x1b',
]
const hostile = (next: () => number): string =>
  Array.from({ length: 1 + Math.floor(next() * 4) }, () => pick(next, PIECES)).join('')
const ALL = PIECES.join('')
/** For places that cannot hold every character. */
const NAME = '\x1b]0;title\x07\x1b[45;5m\x9b2J\u202e\x7f'

/** What is left of a text for a terminal that it would obey, apart from the sequences that we write ourselves. */
function obeyed(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const own = /\x1b\[(?:0|1|2|22|39|[0-9];3\d|3\d|9\d)?m|\x1b\[\d*[ABCDJK]|\x1b\[\?2004[hl]|\x1b\[H\x1b\[2J/g
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return (
    text
      .replace(own, '')
      .replaceAll('\r\n', '\n')
      .match(/[\0-\x06\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\x07(?=.)/g)
    ?? []
  )
}

describe('arbitrary texts in output', () => {
  it.each(FORMAT_NAMES.filter(f => f !== 'xlsx' && f !== 'parquet'))(
    '%s: control sequences in names, values and titles are escaped',
    async format => {
      for (let seed = 1; seed <= 60; seed++) {
        const next = random(seed)
        const [a, b] = [hostile(next), `2${hostile(next)}`]
        const json = JSON.stringify({ [hostile(next)]: hostile(next) })
        const all = [
          column(a, 'string'),
          column('n', 'integer'),
          column(b, 'object'),
          column(`4${hostile(next)}`),
        ].slice(0, format === 'chart' ? 2 : 4)
        const rows = Array.from({ length: 3 }, () =>
          [hostile(next), 1 + Math.floor(next() * 9), json, hostile(next)].slice(0, all.length),
        )
        const settings = options(format, {
          width: 80,
          color: seed % 2 === 0,
          nullText: undefined,
          document: { title: hostile(next), profile: hostile(next), at: new Date(0) },
        })
        const text = (
          await renderBytes(settings, {
            title: hostile(next),
            note: hostile(next),
            sql: `SELECT ${hostile(next)}`,
            columns: all,
            rows,
          })
        ).toString('utf8')
        expect(obeyed(text.replaceAll('\r', '\x0b')), `seed ${seed}: ${JSON.stringify(text)}`).toEqual([])
      }
    },
  )

  it('messages, with the names of their scripts', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed)
      const [name, text] = [hostile(next), `SELECT ${hostile(next)} x`]
      const error = withPlace(
        new ConfluentqlError('SYNTAX', hostile(next), {
          hint: hostile(next),
          span: { start: 7, end: text.length },
        }),
        { name, text },
      )
      for (const shown of [errorText(error), errorText(new Error(hostile(next)))])
        expect(obeyed(shown), JSON.stringify(shown)).toEqual([])
    }
  })

  it('what is typed, pasted, recalled, searched for and completed at the prompt', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed)
      const [name, text] = [hostile(next), `${hostile(next)} ${hostile(next)}`]
      const { rows } = layout({
        text,
        cursor: text.length,
        width: 40,
        height: 20,
        highlight: () => [],
        prompt: promptsOf(name, text),
      })
      const prompt = searchPrompt({
        pattern: hostile(next),
        at: 0,
        isFound: true,
        direction: 1,
        origin: startEditor([], ''),
      })
      for (const shown of [...rows, prompt]) expect(obeyed(shown), JSON.stringify(shown)).toEqual([])
    }
    expect(columns(['a', 'b'], 20)).toEqual(['a  b'])
  })
})

/** An API whose every text is hostile. */
const api = (): Promise<string> =>
  server((request, response) => {
    if (request.url!.includes('/users/bad'))
      return response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ errors: [{ code: ALL, detail: ALL, title: ALL }] }))
    if (request.url!.includes('/users/text'))
      return response.writeHead(500, { 'content-type': 'text/html' }).end(ALL)
    if (request.url!.includes('/users/moved'))
      return response
        .writeHead(302, { location: `https://elsewhere.example/${encodeURIComponent(ALL)}` })
        .end()
    if (request.url!.includes('/users/junk')) return response.end(ALL)
    return response.end(
      JSON.stringify({
        data: [
          { id: `u-1${ALL}`, email: ALL, full_name: ALL, [ALL]: ALL, metadata: { [ALL]: ALL, self: ALL } },
        ],
        metadata: {},
      }),
    )
  })
const KEYS = { CONFLUENT_CLOUD_API_KEY: 'KEY', CONFLUENT_CLOUD_API_SECRET: 'SECRET' }

describe.concurrent('on a real terminal', () => {
  it('rows of every format, plans, traces and errors of a hostile API', async () => {
    const dir = folder()
    const name = join(dir, `${NAME.replaceAll('\x07', '')}.sql`)
    const users = 'confluent.iam.users'
    const statements = ['table', 'vertical', 'ndjson', 'markdown', 'html'].map(
      f =>
        `.mode ${f}\n-- title: ${NAME}\n-- ${NAME}\nSELECT * FROM ${users};\nSELECT id AS "${NAME}", metadata FROM ${users};`,
    )
    writeFileSync(
      name,
      [
        '.mode table',
        '.trace on',
        '.explain on',
        `SELECT id, email FROM ${users} WHERE id = '${NAME}' OR email = '${NAME}';`,
        `EXPLAIN SELECT id FROM ${users} WHERE id IN ('${NAME}', 'x');`,
        '.explain off',
        ...['bad', 'text', 'moved', 'junk'].map(id => `SELECT email FROM ${users} WHERE id = '${id}';`),
        `DELETE FROM ${users} WHERE id = 'bad';`,
        ...statements,
        '.mode table',
        `SELECT "${NAME}" FROM ${users};`,
        `SELECT * FROM "${NAME}";`,
        `SELECT '${NAME}' x x;`,
        `SHOW TABLES LIKE '${NAME}';`,
        `USE "${NAME}";`,
        `.profile ${NAME}`,
        `.output /nowhere/${NAME}`,
      ].join('\n'),
    )
    const url = await api()
    const shell = new PtyShell(['--continue-on-error', '--retries', '0', '--endpoint', url, '-f', name], {
      env: KEYS,
    })
    expect(await shell.ended).toBeGreaterThan(0)
    expect(obeyed(shell.output)).toEqual([])
    for (const spelled of ['\\x1b[45;5m', '\\x9b2J', '\\u202e']) expect(shell.output).toContain(spelled)
    for (const format of ['csv', 'tsv', 'json']) {
      const one = new PtyShell(['-o', format, '--endpoint', url, `SELECT * FROM ${users}`], { env: KEYS })
      expect(await one.ended).toBe(0)
      expect(obeyed(one.output), format).toEqual([])
      expect(one.output).toContain('evil.example')
    }
  })

  it('names on the command line, of files and in the environment', async () => {
    const dir = folder()
    const bad = join(dir, `x${NAME}`)
    const db = new Database(`${bad}.db`)
    db.exec(`CREATE TABLE "${NAME}" (id, "${NAME}"); INSERT INTO "${NAME}" VALUES (1, '${NAME}')`)
    db.close()
    writeFileSync(`${bad}.ndjson`, `{"id":1,${JSON.stringify(NAME)}:2}\n`)
    const lines = [
      [`-f ${bad}`],
      ['--out', `/nowhere/${NAME}.csv`, 'SELECT 1'],
      ['--db', `/nowhere/${NAME}`, 'SELECT 1'],
      ['--profile', NAME, 'SELECT id FROM confluent.iam.users'],
      ['--endpoint', `https://${NAME}`, 'SELECT id FROM confluent.iam.users'],
      ['-o', NAME, 'SELECT 1'],
      ['-v', NAME, 'SELECT 1'],
      ['--timeout', NAME, 'SELECT 1'],
      [`--${NAME}`],
      [NAME],
      ['diff', `${bad}.db:${NAME}`, `${bad}.ndjson`],
      ['diff', `${bad}.csv`, NAME],
      ['help', NAME],
      ['doctor', '--profile', NAME],
    ]
    for (const args of lines) {
      const { stdout, stderr } = await cli(args, {
        env: {
          HTTPS_PROXY: `http://${NAME}`,
          NO_PROXY: NAME,
          NODE_EXTRA_CA_CERTS: undefined,
          XDG_CONFIG_HOME: dir,
        },
      })
      expect(obeyed(stdout + stderr), `${JSON.stringify(args)}: ${JSON.stringify(stdout + stderr)}`).toEqual(
        [],
      )
    }
  })

  it('the shell: its prompt, history, completion, variables and tables', async () => {
    const dir = folder()
    const state = join(dir, '.local', 'state', 'confluentql')
    mkdirSync(state, { recursive: true })
    mkdirSync(join(dir, '.config', 'confluentql'), { recursive: true })
    writeFileSync(join(state, 'history'), `${JSON.stringify(`SELECT '${NAME}';`)}\n`)
    const profile = '\x1b]0;t\x07\x9b2J\u202e'
    writeFileSync(
      join(dir, '.config', 'confluentql', 'config.yaml'),
      `profiles:\n  ${JSON.stringify(profile)}: { endpoints: {}, credentials: [] }\n`,
      { mode: 0o600 },
    )
    const file = join(dir, 'x.db')
    const db = new Database(file)
    db.exec(`CREATE TABLE "t1${NAME}" ("c1${NAME}"); CREATE TABLE "t1b${NAME}" (a)`)
    db.close()
    const shell = new PtyShell(['--db', file], { home: dir, env: { CONFLUENTQL_PROFILE: profile, ...KEYS } })
    await shell.until(/2J\\u202e>\s*$/)
    await shell.type('.profile\r', /profile: \\x1b/)
    await shell.type('\x1b[A\x1b[A', /SELECT '/)
    shell.send('\x03')
    await shell.type('.history\r', /SELECT '\\x1b\]0/)
    await shell.type('SELECT * FROM \t\t', /t1b?\\x1b/)
    shell.send('\x03')
    await shell.type(`.set a ${'x'}\r.tables t1\r`, /t1\\x1b/)
    expect(await shell.leave()).toBe(0)
    expect(obeyed(shell.output)).toEqual([])
  })
})
