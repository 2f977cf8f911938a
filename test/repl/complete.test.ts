import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { complete } from '../../src/cli/repl/complete.ts'
import { describedColumns } from '../../src/cli/repl/described.ts'
import type { Known } from '../../src/cli/repl/session-info.ts'
import { Session, type ConfluentqlError } from '../../src/index.ts'

const PROVIDERS = fileURLToPath(new URL('../../dist/providers', import.meta.url))
const catalog = loadCatalog(PROVIDERS)
const known: Known = {
  catalog,
  formats: ['table', 'csv', 'json'],
  profiles: ['prod', 'stage'],
  files: path => ['report.sql', 'reports/', 'other.csv'].filter(f => f.startsWith(path)),
  sessionInfo: {
    functions: ['count', 'coalesce', 'lower', 'json_extract', 'nth_value', 'unistr'],
    resultColumns: ['cost', 'two words'],
    variables: ['since', 'until'],
    tables: [
      {
        name: 'mine',
        columns: [
          { name: 'n', shape: { type: 'integer' } },
          { name: 'doc', shape: { type: 'object' } },
        ],
      },
      ...catalog
        .providers()
        .flatMap(p => p.views ?? [])
        .map(v => ({ name: v.name, columns: [{ name: 'seen', shape: { type: 'string' as const } }] })),
    ],
  },
}

/** Candidates at the `|` of a text. */
function at(marked: string, more: Partial<Known> = {}): string[] {
  const cursor = marked.indexOf('|')
  return complete(marked.replace('|', ''), cursor, { ...known, ...more }).candidates.map(
    c => c.label ?? c.text,
  )
}

describe('completion of SQL', () => {
  it.each<[string, string]>([
    ['SELECT * FROM apik|', 'confluent.iam.api_keys'],
    ['SELECT * FROM api_k|', 'confluent.iam.api_keys_with_owners'],
    ['SELECT * FROM x JOIN kafkatop|', 'confluent.kafka_topics'],
    ['DELETE FROM iamuse|', 'confluent.iam.users'],
    ['.describe apik|', 'confluent.iam.api_keys'],
  ])('%s is a table by parts of its words: %s', (text, wanted) => {
    expect(at(text)).toContain(wanted)
  })

  it('by parts of words comes after names that begin so, and offers no view to a change', () => {
    expect(at('SELECT * FROM conf|')).toEqual(['confluent'])
    expect(at('DELETE FROM apik|').filter(name => name.endsWith('_with_owners'))).toEqual([])
    expect(at('SELECT * FROM zzq|')).toEqual([])
  })

  it('has views after USE too', () => {
    const after = { sessionInfo: { ...known.sessionInfo, provider: 'confluent' } }
    expect(at('SELECT * FROM kafka_top|', after)).toContain('kafka_topics')
    expect(at('SELECT * FROM iam.api_keys_|', after)).toContain('api_keys_with_owners')
  })

  it('offers what can be joined first, with its condition, and the condition after ON', () => {
    const first = (text: string): string => at(text)[0]!
    expect(first('SELECT * FROM confluent.iam.invitations i JOIN |')).toBe(
      'confluent.iam.users u ON u.id = i.creator.id',
    )
    expect(at('SELECT * FROM confluent.iam.users u JOIN confluent.iam.|')).toContain(
      'invitations i ON i.creator.id = u.id',
    )
    const both = 'FROM confluent.org.environments c JOIN confluent.managed_kafka_clusters.clusters'
    expect(first(`SELECT * ${both.replace(/clusters$/, '|')}`)).toBe('clusters c2 ON c2.environment = c.id')
    expect(at(`SELECT * ${both} k ON |`)).toEqual(['k.environment = c.id'])
    expect(at('SELECT * FROM confluent.iam.api_keys a JOIN confluent.iam.users u ON |')).toEqual([
      'u.id = a.spec.owner.id',
    ])
    const tables = [{ name: 'mine', columns: [{ name: 'cluster', shape: { type: 'string' as const } }] }]
    const own = { sessionInfo: { ...known.sessionInfo, tables } }
    expect(at('SELECT * FROM mine m JOIN confluent.managed_kafka_clusters.clusters c ON |', own)).toEqual([
      'c.id = m.cluster',
    ])
    expect(at('SELECT * FROM confluent.iam.users u JOIN mine m ON |', own)).toContain('email')
  })

  it.each<[string, string, string]>([
    ['confluent.kafka_topics', 'confluent.clusters c', 'c.id = x.cluster'],
    [
      'confluent.kafka_topics',
      'confluent.topic_throughput tt',
      'tt.cluster = x.cluster AND tt.topic = x.topic',
    ],
    ['confluent.kafka_acls', 'confluent.iam.principals p', 'p.principal = x.principal'],
    ['confluent.iam.api_keys_with_owners', 'confluent.iam.users u', 'u.id = x.owner_id'],
    ['confluent.iam.users', 'confluent.iam.api_keys_with_owners akwo', 'akwo.owner_id = x.id'],
    ['confluent.connectors', 'confluent.connector_tasks ct', 'ct.connector_id = x.id'],
    ['confluent.schema_registry_clusters.v3_clusters', 'confluent.subjects s', 's."registry" = x.id'],
    ['confluent.schemas', 'confluent.schema_registries sr', 'sr.id = x."registry"'],
  ])('joins views by the keys that their columns are: %s with %s', (left, right, condition) => {
    expect(at(`SELECT * FROM ${left} x JOIN |`)).toContain(`${right} ON ${condition}`)
    expect(at(`SELECT * FROM ${left} x JOIN ${right} ON |`)[0]).toBe(condition)
  })

  it('offers no view that has only a parent in common, but its condition after ON', () => {
    expect(at('SELECT * FROM confluent.kafka_topics x JOIN |').join('\n')).not.toContain('kafka_acls')
    expect(at('SELECT * FROM confluent.kafka_topics x JOIN confluent.kafka_acls a ON |')).toEqual([
      'a.cluster = x.cluster',
    ])
  })

  it('offers joins of views that can be planned', async () => {
    const session = new Session({ env: {}, builtIn: PROVIDERS })
    const views = catalog.providers().flatMap(p => p.views ?? [])
    const joined = views.flatMap(({ name }, i) =>
      (i % 2 === 0 ? [] : at(`SELECT * FROM ${name} x JOIN |`))
        .filter(text => text.includes(' ON '))
        .map(text => `SELECT count(*) FROM ${name} x JOIN ${text}`),
    )
    expect(joined.length).toBeGreaterThan(50)
    const errors: string[] = []
    for (const sql of joined)
      await session.plan(sql).catch((error: unknown) => {
        // metrics need a metric and a time in WHERE, too
        if ((error as ConfluentqlError).code !== 'MISSING_PARAMETER')
          errors.push(`${sql}: ${(error as Error).message}`)
      })
    await session.close()
    expect(errors).toEqual([])
  })

  it('completes a known value by the beginning of a part of it', () => {
    const metric = (typed: string): string[] =>
      at(`SELECT * FROM confluent.metrics.points WHERE metric = '${typed}|`)
    expect(metric('io.confluent.kafka.server/retained')).toEqual([
      "'io.confluent.kafka.server/retained_bytes'",
    ])
    expect(metric('RETAINED')).toEqual(["'io.confluent.kafka.server/retained_bytes'"])
    expect(metric('received_b')).toEqual([
      "'io.confluent.kafka.server/received_bytes'",
      "'io.confluent.kafka.connect/received_bytes'",
    ])
    expect(metric('eceived')).toEqual([])
    expect(at("SELECT * FROM confluent.iam.invitations WHERE status IN ('sent|")).toEqual([
      "'INVITE_STATUS_SENT'",
    ])
  })

  it.each<[string, readonly string[]]>([
    ['SELECT u.id FROM confluent.iam.users u|', ['u WHERE', 'u JOIN']],
    ['SELECT * FROM confluent.iam.users AS e|', ['e WHERE', 'e JOIN']],
    ['SELECT * FROM confluent.iam.users u|', ['u WHERE', 'u ORDER BY', 'UNION']],
    ['select * from mine e|', ['e where', 'e join', 'EXCEPT']],
    ['SELECT * FROM mine x JOIN mine u|', ['u ON', 'u WHERE', 'USING', 'UNION']],
    ['SELECT * FROM (SELECT 1) i|', ['i WHERE', 'INTERSECT']],
    ['SELECT n u| FROM mine', ['u FROM', 'UNION']],
    ['DELETE FROM confluent.iam.users u|', ['u WHERE', 'u RETURNING']],
    ['UPDATE confluent.iam.users u|', ['u SET']],
    ['SELECT * FROM mine w|', ['WHERE']],
    ['SELECT * FROM mine unio|', ['UNION', 'union all']],
    ['SELECT * FROM mine m w|', ['WHERE']],
    ['SELECT * FROM mine AS |', []],
  ])('an alias is no beginning of a rare keyword: %s', (marked, wanted) => {
    const cursor = marked.indexOf('|')
    const { candidates } = complete(marked.replace('|', ''), cursor, known)
    // a keyword that is begun has the case of its beginning
    const texts = candidates.map(c => (c.text.includes(' ') ? c.text : c.text.toUpperCase()))
    expect(texts).toEqual(expect.arrayContaining([...wanted]))
    expect(texts.findIndex(t => /WHERE|SET|ON|FROM/i.test(t))).toBe(wanted.length > 0 ? 0 : -1)
    if (wanted.length < 2) expect(texts).toEqual(wanted)
  })

  it('offers the clauses that can follow', () => {
    expect(at('DELETE FROM confluent.iam.users |')).toEqual(['WHERE', 'RETURNING', 'AS'])
    expect(at('SELECT * FROM mine |')).toEqual(expect.not.arrayContaining(['ON', 'USING']))
    expect(at('SELECT * FROM mine m |')).not.toContain('AS')
    expect(at('SELECT * FROM mine JOIN confluent.iam.users |').slice(0, 3)).toEqual(['ON', 'USING', 'AS'])
  })

  it('has the fields and known values of columns of views', () => {
    const columns = describedColumns([
      ['phase', 'string', null, 'UP, DOWN', null],
      ['owner', 'object', null, null, 'id string, at.since timestamp'],
      ['# SQL', null, 'SELECT 1', null, null],
    ])
    const own = { sessionInfo: { ...known.sessionInfo, tables: [{ name: 'v', columns }] } }
    expect(at('SELECT * FROM v WHERE phase = |', own)).toEqual(["'UP'", "'DOWN'"])
    expect(at('SELECT owner.| FROM v', own)).toEqual(['id', 'at'])
    expect(at('SELECT owner.at.| FROM v', own)).toEqual(['since'])
    expect(columns).toHaveLength(2)
  })

  it.each<[string, string]>([
    ['|', 'SELECT'],
    ['sel|', 'select'],
    ['SELECT 1; INS|', 'INSERT'],
    ['EXPLAIN |', 'ANALYZE'],
    ['INSERT |', 'INTO'],
    ['DELETE |', 'FROM'],
    ['SELECT 1 UNION |', 'ALL'],
    ['CREATE |', 'TABLE'],
    ['SELECT * FROM |', 'confluent'],
    ['SELECT * FROM |', 'kafka'],
    ['SELECT * FROM |', 'mine'],
    ['SELECT * FROM con|', 'confluent'],
    ['SELECT * FROM confluent.|', 'iam'],
    ['SELECT * FROM confluent.|', 'kafka_topics'],
    ['SELECT * FROM confluent.iam.|', 'users'],
    ['SELECT * FROM confluent.iam.|', 'api_keys_with_owners'],
    ['SELECT * FROM mine, confluent.iam.u|', 'users'],
    ['SELECT * FROM mine JOIN confluent.iam.inv|', 'invitations'],
    ['SELECT * FROM (|', 'SELECT'],
    ['WITH recent AS (SELECT 1) SELECT * FROM rec|', 'recent'],
    ['SELECT * FROM confluent.iam.users |', 'WHERE'],
    ['SELECT * FROM confluent.iam.users u |', 'JOIN'],
    ['SELECT * FROM mine JOIN confluent.iam.users u |', 'ON'],
    ['SELECT * FROM mine WHERE n = 1 |', 'AND'],
    ['SELECT * FROM mine GROUP |', 'BY'],
    ['SELECT * FROM mine ORDER BY n |', 'DESC'],
    ['SELECT | FROM confluent.iam.users', 'email'],
    ['SELECT em| FROM confluent.iam.users', 'email'],
    ['SELECT u.| FROM confluent.iam.users u', 'full_name'],
    ['SELECT i.creator.| FROM confluent.iam.invitations i', 'id'],
    ['SELECT creator.| FROM confluent.iam.invitations i', 'id'],
    ['SELECT * FROM confluent.iam.api_keys k WHERE k.spec.owner.|', 'id'],
    ['SELECT * FROM confluent.iam.users u JOIN confluent.iam.invitations i ON i.creator.id = u.|', 'id'],
    ['SELECT * FROM confluent.iam.users WHERE e|', 'email'],
    ['SELECT * FROM (SELECT id AS key_id, spec FROM confluent.iam.api_keys) t WHERE t.|', 'key_id'],
    ['SELECT * FROM (SELECT id AS key_id, spec FROM confluent.iam.api_keys) t WHERE t.spec.ow|', 'owner'],
    ['WITH x AS (SELECT email FROM confluent.iam.users) SELECT | FROM x', 'email'],
    ['WITH x AS (SELECT em| FROM confluent.iam.users) SELECT 1', 'email'],
    [
      'SELECT * FROM confluent.iam.users u WHERE EXISTS (SELECT 1 FROM confluent.iam.invitations i WHERE i.creator.id = u.|',
      'id',
    ],
    ['SELECT * FROM confluent.iam.users WHERE id IN (SELECT creator.| FROM confluent.iam.invitations)', 'id'],
    ['SELECT count(|) FROM mine', 'n'],
    ['SELECT lower(e|) FROM confluent.iam.users', 'email'],
    ['SELECT coa|', 'coalesce'],
    ['SELECT n FROM mine WHERE co|', 'coalesce'],
    ["SELECT key FROM json_each('[]') WHERE v|", 'value'],
    ['SELECT * FROM confluent.iam.invitations WHERE status = |', "'INVITE_STATUS_SENT'"],
    ["SELECT * FROM confluent.iam.invitations WHERE status = 'INVITE_STATUS_S|", "'INVITE_STATUS_SENT'"],
    [
      "SELECT * FROM confluent.iam.invitations i WHERE i.status IN ('INVITE_STATUS_SENT', |)",
      "'INVITE_STATUS_STAGED'",
    ],
    ['SELECT * FROM mine WHERE n > :s|', ':since'],
    ['SELECT :|', ':until'],
    ['USE |', 'confluent'],
    ['SHOW |', 'SERVICES IN'],
    ['SHOW SERVICES |', 'IN'],
    ['SHOW RESOURCES IN confluent.|', 'iam'],
    ['SHOW METHODS IN confluent.iam.us|', 'users'],
    ['DESCRIBE confluent.iam.|', 'users'],
    ['EXEC confluent.iam.users.|', 'list_iam_v2users'],
    ['EXEC confluent.iam.users.get_iam_v2user |', '@id*'],
    ['EXEC confluent.iam.users.get_iam_v2user @i|', '@id*'],
    ['INSERT INTO confluent.iam.invitations (|', 'email*'],
    ['INSERT INTO confluent.iam.|', 'invitations'],
    ['INSERT INTO confluent.iam.invitations (email) |', 'VALUES'],
    ['UPDATE confluent.iam.users SET |', 'full_name'],
    ["INSERT INTO confluent.iam.invitations (email, auth_type) VALUES ('a', |", "'AUTH_TYPE_SSO'"],
    ["INSERT INTO confluent.iam.invitations (email, auth_type) VALUES ('a', 'AUTH_|", "'AUTH_TYPE_SSO'"],
    ['DELETE FROM confluent.iam.|', 'invitations'],
    ['DELETE FROM confluent.iam.invitations WHERE |', 'id*'],
    ['DROP TABLE |', 'mine'],
    ['SELECT n FROM mine; SELECT d| FROM mine', 'doc'],
    ['UPDATE /*+ |', 'CONTINUE'],
    ['DELETE /*+ AWAIT con|', 'CONTINUE'],
    ['INSERT /*+ CONTINUE, |', 'AWAIT'],
    ['/*+ aw|', 'AWAIT'],
    ['SHOW /*+ |', 'REQUIRED'],
  ])('%s offers %s', (marked, wanted) => {
    expect(at(marked)).toContain(wanted)
  })

  it.each<[string, string]>([
    ["SELECT 'a | b'", 'FROM'],
    ['SELECT 1 -- sel|', 'select'],
    ['SELECT /* sel|', 'select'],
    ['SELECT /*+ |', 'CONTINUE'],
    ['UPDATE /* |', 'CONTINUE'],
    ['SELECT * FROM confluent.|', 'confluent'],
    ['SELECT * FROM confluent.iam.users WHERE |', 'lower'],
    ['SELECT u.| FROM confluent.iam.users u JOIN confluent.iam.invitations i', 'accepted_at'],
    ['INSERT INTO confluent.iam.|', 'api_keys_with_owners'],
    ['UPDATE confluent.iam.users SET |', 'id*'],
    ['UPDATE confluent.org.environments SET display_name = 1, |', 'id*'],
    ['INSERT INTO confluent.iam.invitations (email, auth_type) VALUES (|', "'AUTH_TYPE_SSO'"],
  ])('%s does not offer %s', (marked, unwanted) => {
    expect(at(marked)).not.toContain(unwanted)
  })

  it('required parameters come first, with a star', () => {
    expect(at('SELECT * FROM confluent.managed_kafka_clusters.clusters WHERE |')[0]).toBe('environment*')
    expect(at('SELECT * FROM confluent.managed_kafka_clusters.clusters c WHERE c.|')).toContain(
      'environment*',
    )
  })

  it('the name of the default provider can be omitted', () => {
    const sessionInfo = { ...known.sessionInfo, provider: 'confluent' }
    expect(at('SELECT * FROM |', { sessionInfo })).toContain('iam')
    expect(at('SELECT * FROM iam.|', { sessionInfo })).toContain('users')
    expect(at('SELECT em| FROM iam.users', { sessionInfo })).toEqual(['email'])
  })

  it('a rare function is offered only where nothing else fits', () => {
    expect(at('SELECT * FROM mine WHERE n|')).toContain('n')
    expect(at('SELECT * FROM mine WHERE n|')).not.toContain('nth_value')
    expect(at('SELECT nth|')).toEqual(['nth_value'])
  })

  it('keywords follow the case of the statement', () => {
    expect(at('select * from mine |')).toContain('where')
    expect(at('SELECT * FROM mine wh|')).toEqual(['where'])
  })
})

describe('completion of meta-commands', () => {
  it.each<[string, string]>([
    ['.mo|', '.mode'],
    ['\\d|', '\\dt'],
    ['\\|', '\\x'],
    ['.mode c|', 'csv'],
    ['.headers o|', 'off'],
    ['.profile p|', 'prod'],
    ['.help .mo|', '.mode'],
    ['.read rep|', 'report.sql'],
    ['\\i rep|', 'reports/'],
    ['.describe confluent.iam.us|', 'users'],
    ['\\d mi|', 'mine'],
    ['SELECT 1;\n.mode j|', 'json'],
    ['.format co|', 'cost'],
    ['.format |', '"two words"'],
    ['.format |', '*'],
    ['.format cost mo|', 'money'],
    ['.format cost money t|', 'total'],
    ['.format cost money |', 'EUR'],
    ['.trace b|', 'bodies'],
    ['.set s|', 'since'],
    ['.help co|', 'comments'],
  ])('%s offers %s', (marked, wanted) => {
    expect(at(marked)).toContain(wanted)
  })

  it('offer no words that a command does not take', () => {
    expect(at('.timer |')).toEqual(['on', 'off'])
    expect(at('.format cost local |')).toEqual([])
    expect(at('.format cost money total |')).toEqual([])
  })

  it('are not offered inside a statement', () => {
    expect(at('SELECT 1,\n.mo|')).toEqual([])
  })
})

describe('completion of any text', () => {
  const STATEMENTS = [
    "SELECT i.email, u.full_name AS sent_by FROM confluent.iam.invitations i LEFT JOIN confluent.iam.users u ON u.id = i.creator.id WHERE i.status = 'INVITE_STATUS_SENT' AND i.expires_at < :since GROUP BY 1 ORDER BY 2 DESC LIMIT 3;",
    'WITH a AS (SELECT id FROM confluent.iam.users), b(x) AS (SELECT * FROM a) SELECT (SELECT max(x) FROM b) FROM mine, json_each(doc) e WHERE e.value IN (1, 2);',
    "INSERT INTO confluent.iam.invitations (email, auth_type) VALUES ('a', 'AUTH_TYPE_SSO') RETURNING id; UPDATE confluent.iam.users SET full_name = 'x' WHERE id = 'u-1';",
    'EXEC confluent.iam.users.get_iam_v2user @id = \'u-1\';\n.mode csv\nSHOW METHODS IN confluent.iam.users; /* c */ DESCRIBE "mine" -- end',
  ]

  it('never fails, and candidates begin with the typed text', () => {
    let count = 0
    for (const text of STATEMENTS) {
      for (let i = 0; i <= text.length; i++) {
        for (const shown of [text.slice(0, i), text]) {
          const { from, to, candidates, isByParts } = complete(shown, i, known)
          expect(to).toBe(i)
          expect(from).toBeLessThanOrEqual(i)
          for (const c of candidates)
            if (!isByParts && !c.text.toLowerCase().startsWith(shown.slice(from, to).toLowerCase()))
              throw new Error(`${c.text} at ${i} of ${shown}`)
          count += candidates.length
        }
      }
    }
    expect(count).toBeGreaterThan(1000)
  })

  it('candidates begin with the typed text also in texts that are not SQL', () => {
    let seed = 7
    const next = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n
    const bits = [
      'SELECT',
      'FROM',
      'WITH',
      'AS',
      '(',
      ')',
      "'",
      '"',
      '[',
      '.',
      ',',
      ' ',
      '\n',
      ';',
      '--',
      '/*',
      '*/',
      'confluent',
      'iam',
      'users',
      'IN',
      ':',
      '@',
      '\\',
      '漢',
      '\0',
      '*',
      '=',
      'EXEC',
      'INTO',
      'SET',
      'UPDATE',
      'x',
      '.mode',
    ]
    let count = 0
    for (let n = 0; n < 3000; n++) {
      const text = Array.from({ length: next(14) }, () => bits[next(bits.length)]).join(
        next(3) > 0 ? ' ' : '',
      )
      const cursor = next(text.length + 1)
      const { from, candidates, isByParts } = complete(text, cursor, known)
      for (const c of candidates)
        if (!isByParts && !c.text.toLowerCase().startsWith(text.slice(from, cursor).toLowerCase()))
          throw new Error(`${c.text} at ${cursor} of ${JSON.stringify(text)}`)
      count += candidates.length
    }
    expect(count).toBeGreaterThan(1000)
  })

  const session = new Session({ env: {}, builtIn: PROVIDERS })
  afterAll(() => session.close())

  it('every offered table can be selected from, given its required keys', async () => {
    const offered: string[] = []
    const walk = (before: string): void => {
      for (const { text, suffix } of complete(`SELECT * FROM ${before}`, 14 + before.length, known)
        .candidates) {
        if (suffix === '.') walk(`${before}${text}.`)
        else if (text !== 'SELECT' && text !== 'mine') offered.push(before + text)
      }
    }
    walk('')
    expect(offered.length).toBeGreaterThan(150)
    const refused: string[] = []
    for (const name of offered) {
      await session.plan(`SELECT * FROM ${name}`).catch((error: { code: string; message: string }) => {
        if (error.code !== 'MISSING_PARAMETER') refused.push(`${name}: ${error.message}`)
      })
    }
    expect(refused).toEqual([])
  })
})
