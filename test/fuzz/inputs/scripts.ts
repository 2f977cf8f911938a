import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadCatalog } from '../../../src/catalog/sources/load.ts'
import { readOptions } from '../../../src/cli/args/command-line.ts'
import { Runner } from '../../../src/cli/run/runner.ts'
import { settingsOf } from '../../../src/cli/run/settings.ts'
import { Session } from '../../../src/index.ts'
import { readSandboxData } from '../../../src/sandbox/rows/data.ts'
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts'
import type { Random } from '../random.ts'
import { worldTo } from './diffs.ts'
import { ensure, type Target } from './target.ts'
import { mutated, randomCharacters } from './texts.ts'

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

/** Tables that can be listed with a few requests. */
const TABLES = [
  'confluent.iam.users',
  'confluent.iam.invitations',
  'confluent.iam.service_accounts',
  'confluent.org.environments',
  'iam.users',
  '"confluent"."iam"."users"',
  'Confluent.IAM.Users',
  'mine',
  'confluent.iam.user',
  'public.users',
  'users',
  'pg_catalog.pg_tables',
  'information_schema.tables',
  '(VALUES (1, 2))',
  "json_each('[1]')",
]
const COLUMNS = [
  'id',
  'email',
  '*',
  'count(*)',
  'full_name',
  'metadata.created_at',
  'u.id',
  'metadata',
  "metadata -> 'x'",
  "JSON_EXTRACT(metadata, '$.self')",
  'email::text',
  'nothing',
  '"id"',
  '1',
  "'it''s'",
  "E'a'",
  'now()',
  'lower(email)',
  ':x',
  '$1',
  '{{ .values.x }}',
  'max(id) OVER (PARTITION BY email)',
  "split_part(email, '@', 1)",
  'NULL',
  "x'00'",
  '1e400',
  'char(27, 0, 10)',
  'zeroblob(3)',
  'CASE WHEN 1 THEN 2 END',
]
const TESTS = [
  "id = 'u-1'",
  "email LIKE '%example.org'",
  "email ILIKE 'a%'",
  "email ~ '^a'",
  'id IN (SELECT id FROM confluent.iam.users)',
  "status = 'INVITE_STATUS_SENT'",
  '1 = 0',
  'id IS NULL',
  "created_at > now() - interval '1 day'",
  "id = ANY('{a}')",
  "metadata.created_at > '2024'",
  "email NOT IN ('a', :x)",
  "id BETWEEN 'a' AND 'z'",
  "creator = 'u-1'",
  'EXISTS (SELECT 1)',
  "'a' = 'a' AND TRUE",
  "id = 'a' OR id = 'b'",
  "region = 'x'",
]
const TAILS = [
  '',
  '',
  '',
  ' LIMIT 3',
  ' LIMIT 3 OFFSET 1',
  ' ORDER BY 1',
  ' ORDER BY id DESC NULLS LAST',
  ' GROUP BY 1',
  ' FETCH FIRST 3 ROWS ONLY',
  ' FOR UPDATE',
  ' RETURNING *',
  ' LIMIT -1',
  ' LIMIT :x',
  ' WINDOW w AS ()',
]
const META = [
  '.mode csv',
  '.mode json',
  '.mode vertical',
  '.mode markdown',
  '.mode html',
  '.mode nothing',
  '.headers off',
  '.nullvalue -',
  '.timer on',
  '.explain on',
  '.trace on',
  '.set x 1',
  ".set x 'a b'",
  '.set',
  '.unset x',
  '.tables %user%',
  '.own',
  '.describe confluent.iam.users',
  '.describe nothing',
  '.schema confluent.iam.users',
  '\\d',
  '\\dt',
  '\\d+ mine',
  '\\x',
  '\\timing',
  '\\set a 1',
  '\\echo hi',
  '\\copy x',
  '\\?',
  '\\c db',
  '.help',
  '.help mode',
  '.expanded auto',
  '.cache on 5',
  '.cache off',
  '.profile x',
  '.read nothing.sql',
  '.watch',
  '.history',
  '.output',
  '.once',
  '.quit',
  '.dump',
  '.import a b',
]

const query = (r: Random, depth = 1): string => {
  const table = (): string => (depth > 0 && r.chance(0.15) ? `(${query(r, depth - 1)})` : r.pick(TABLES))
  const from = r.chance(0.1)
    ? ''
    : ` FROM ${table()}${r.pick(['', '', ' u', ' AS u'])}${r.chance(0.15) ? `${r.pick([' JOIN ', ' LEFT JOIN ', ', '])}${table()} v${r.pick([' ON u.id = v.id', ' USING (id)', ' ON v.creator.id = u.id'])}` : ''}`
  const core = `SELECT ${r.pick(['', '', 'DISTINCT ', 'DISTINCT ON (id) '])}${Array.from({ length: r.int(1, 3) }, () => r.pick(COLUMNS)).join(', ')}${from}${r.chance(0.4) ? ` WHERE ${r.pick(TESTS)}${r.chance(0.3) ? `${r.pick([' AND ', ' OR NOT '])}${r.pick(TESTS)}` : ''}` : ''}${r.pick(TAILS)}`
  return depth > 0 && r.chance(0.1)
    ? `WITH c AS (${query(r, depth - 1)}) ${core}`
    : depth > 0 && r.chance(0.1)
      ? `${core} UNION ${query(r, 0)}`
      : core
}

const other = (r: Random): string =>
  r.weighted<() => string>([
    [
      3,
      () =>
        `SHOW ${r.pick(['', 'EXTENDED '])}${r.pick(['PROVIDERS', 'SERVICES IN confluent', 'RESOURCES IN confluent.iam', 'METHODS IN confluent.iam.users', 'INSERT INTO confluent.iam.invitations', 'TABLES', 'COLUMNS IN confluent.iam.users', 'AUTH', 'search_path'])}${r.pick(['', " LIKE '%s%'"])}`,
    ],
    [
      2,
      () =>
        `DESCRIBE ${r.pick(['', 'EXTENDED ', 'METHOD '])}${r.pick([...TABLES, 'confluent.iam.users.get_iam_v2user'])}`,
    ],
    [
      2,
      () =>
        `EXEC ${r.pick(['', '/*+ SHOWRESULTS */ '])}confluent.iam.users.${r.pick(['get_iam_v2user', 'list_iam_v2users', 'get_iam_v2_user', 'nothing'])}${r.pick(['', " @id = 'u-1'", " @id='u-1', @@json='{\"a\": 1}'", ' @id = NULL'])}`,
    ],
    [
      2,
      () =>
        `INSERT INTO ${r.pick(TABLES)} (${r.pick(['email', 'email, auth_type', 'data__email', 'display_name'])}) ${r.pick(["VALUES ('a@example.com')", "VALUES ('a', 'b'), ('c', 'd')", "SELECT 'a'", 'DEFAULT VALUES', 'VALUES (:x)'])}${r.pick(['', ' RETURNING id'])}`,
    ],
    [
      2,
      () =>
        `UPDATE ${r.pick(TABLES)} SET ${r.pick(["full_name = 'x'", "description = 'x'", 'metadata.x = 1', 'id = id'])}${r.pick(['', " WHERE id = 'sa-nobody'", " WHERE email = 'nobody'"])}`,
    ],
    [
      2,
      () =>
        `DELETE ${r.pick(['', '/*+ AWAIT */ '])}FROM ${r.pick(TABLES)}${r.pick(['', " WHERE id = 'nobody'", " WHERE email LIKE 'nobody%'"])}`,
    ],
    [
      1,
      () =>
        r.pick([
          'CREATE TABLE mine AS SELECT id, email FROM confluent.iam.users',
          'CREATE TEMP TABLE mine (a, b)',
          'CREATE MATERIALIZED VIEW mine AS SELECT 1 AS a',
          'CREATE VIEW mine AS SELECT 1 AS a',
          'DROP TABLE IF EXISTS mine',
          'DROP VIEW mine',
          'REFRESH MATERIALIZED VIEW mine',
        ]),
    ],
    [
      2,
      () =>
        r.pick([
          'BEGIN',
          'COMMIT',
          'SET search_path TO x',
          'COPY t TO STDOUT',
          'REGISTRY PULL confluent',
          'AUTH LOGIN confluent',
          'USE confluent',
          'USE nothing',
          'PRAGMA table_list',
          "ATTACH 'x' AS y",
          'VACUUM',
          'ANALYZE',
          'EXPLAIN ANALYZE SELECT 1',
          'VALUES (1), (2)',
          'TABLE x',
          'PREPARE p AS SELECT 1',
          'EXECUTE p',
          '()',
          'SELECT',
          'WITH',
        ]),
    ],
    [1, () => `EXPLAIN ${query(r)}`],
  ])()

function script(r: Random): string {
  const parts = Array.from({ length: r.int(1, 5) }, () =>
    r.weighted<() => string>([
      [
        5,
        () =>
          `${r.pick(['', '', '-- title: t\n', '/* c */ '])}${query(r)}${r.pick([';\n', ';\n', ' \\gx\n', '\\G\n', '\n;'])}`,
      ],
      [4, () => `${other(r)};\n`],
      [3, () => `${r.pick(META)}\n`],
      [1, () => `${randomCharacters(r, 8)}\n`],
    ])(),
  )
  const text = `${r.pick(['', '', '-- var: x text = 1\n', '#!/usr/bin/x\n'])}${parts.join('')}`
  return r.chance(0.3) ? mutated(r, text) : text
}

/** Valid beginnings of a line of stderr, and of the lines that continue an error. */
const STDERR_LINE =
  /^(?:error: |hint: |notice: |waiting: | {2}|[A-Z][A-Z ]* ?\d*$|\(\d|\d+ rows?|[.a-z][\w ]*: |\.|GET |POST |PUT |PATCH |DELETE |:|mode|$)/

class Scripts {
  readonly #sandbox: Sandbox
  readonly #home = mkdtempSync(join(tmpdir(), 'confluentql-fuzz-'))

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  async attempt(r: Random): Promise<void> {
    const text = script(r)
    if (
      /\.(?:output|once|read)|\\o|\\ir?\b/.test(text.replace(/\.read nothing\.sql|\.once\n|\.output\n/g, ''))
    )
      return
    const texts = { out: '', err: '' }
    const words = [
      ...(r.chance(0.3) ? ['--dry-run'] : []),
      ...(r.chance(0.7) ? ['--continue-on-error'] : []),
      ...(r.chance(0.3) ? ['-v', 'x=1'] : []),
      '-o',
      r.pick(['table', 'vertical', 'markdown', 'csv', 'ndjson', 'json', 'html']),
      '-f',
      'none',
    ]
    const options = readOptions(
      words,
      () => '1',
      () => {},
    )!
    const env = { HOME: this.#home, ...this.#sandbox.env }
    const world = worldTo(texts, env)
    const settings = settingsOf(options, { interactive: r.chance(0.3) })
    const session = new Session({
      env,
      builtIn: join(DIST, 'providers'),
      dryRun: options.dryRun,
      variables: settings.bound,
      retries: 0,
      awaitTimeout: 50,
      awaitEvery: 10,
    })
    try {
      const runner = new Runner(session, settings, world)
      const status = await runner.finish(
        await runner.run({ name: undefined, text }, new AbortController().signal),
      )
      ensure([0, 1, 2].includes(status), `status ${status}`, text)
      ensure(
        (status === 0) === !/^error: /m.test(texts.err),
        `status ${status}, and stderr is ${texts.err}`,
        text,
      )
    } finally {
      await session.close()
    }
    ensure(!/bug in confluentql|^\s+at .+:\d+:\d+\)?$/m.test(texts.err), `a crash: ${texts.err}`, text)
    ensure(
      !/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(texts.err),
      `stderr has a control character: ${JSON.stringify(texts.err)}`,
      text,
    )
    const strange = texts.err.split('\n').find(l => !STDERR_LINE.test(l))
    ensure(
      strange === undefined || /\.(?:trace|help|timer|set)|\\(?:set|\?|timing)/.test(text),
      `stderr says ${JSON.stringify(strange)}`,
      text,
    )
    if (!/json|csv/.test(settings.format + options.format + text))
      ensure(
        !/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(texts.out),
        `stdout has a control character: ${JSON.stringify(texts.out)}`,
        text,
      )
  }

  async close(): Promise<void> {
    await this.#sandbox.close()
    rmSync(this.#home, { recursive: true, force: true })
  }
}

export const SCRIPTS: readonly Target[] = [
  {
    name: 'scripts on the sandbox',
    defaultCount: 60,
    open: async () => {
      const scripts = new Scripts(
        await startSandbox({
          catalog: loadCatalog(join(DIST, 'providers')),
          data: await readSandboxData(join(DIST, 'sandbox.json')),
        }),
      )
      return { attempt: r => scripts.attempt(r), close: () => scripts.close() }
    },
  },
]
