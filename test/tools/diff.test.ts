import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteFile } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, sandboxed, server, type Outcome } from '../cli/support.ts'

const OLD = [
  '{"id":1,"name":"a","tags":{"x":1,"y":[1,2]}}',
  '{"id":2,"name":"b","tags":null}',
  '{"id":3,"name":"c","tags":null}',
]
const NEW = [
  '{"tags":{"y":[1,2],"x":1.0},"id":1,"name":"a"}',
  '{"id":2,"name":"B","tags":{"k":"v"}}',
  '{"id":4,"name":"d","tags":null}',
]

/** Runs diff in a folder with these files. */
async function diff(
  files: Readonly<Record<string, string | Buffer>>,
  ...args: string[]
): Promise<Outcome & { dir: string }> {
  const dir = folder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return { ...(await cli(['diff', ...args], { cwd: dir })), dir }
}

const ndjson = (lines: readonly string[]): string => lines.map(l => `${l}\n`).join('')
const BOTH = { 'a.ndjson': ndjson(OLD), 'b.ndjson': ndjson(NEW) }

describe.concurrent('differences', () => {
  it('are shown to people as a block for each row, with the key once', async () => {
    expect(await diff(BOTH, 'a.ndjson', 'b.ndjson')).toMatchObject({
      status: 3,
      stderr: '1 added, 1 removed, 1 changed, 1 the same\n',
      stdout: [
        ' change  | id | column | old  | new',
        '---------+----+--------+------+-----------',
        ' changed | 2  | name   | b    | B',
        '         |    | tags   | NULL | {"k":"v"}',
        ' removed | 3  | name   | c    | ',
        ' added   | 4  | name   |      | d',
        '',
      ].join('\n'),
    })
  })

  it('are written for programs as a typed row for each cell', async () => {
    const { stdout } = await diff(BOTH, 'a.ndjson', 'b.ndjson', '-o', 'ndjson')
    expect(
      stdout
        .trim()
        .split('\n')
        .map(l => JSON.parse(l) as unknown),
    ).toEqual([
      { change: 'changed', id: 2, column: 'name', old: 'b', new: 'B' },
      { change: 'changed', id: 2, column: 'tags', old: null, new: { k: 'v' } },
      { change: 'removed', id: 3, column: 'name', old: 'c', new: null },
      { change: 'added', id: 4, column: 'name', old: null, new: 'd' },
    ])
    expect((await diff(BOTH, 'a.ndjson', 'b.ndjson', '-o', 'csv')).stdout).toBe(
      'change,id,column,old,new\nchanged,2,name,b,B\nchanged,2,tags,,"{""k"":""v""}"\nremoved,3,name,c,\nadded,4,name,,d\n',
    )
  })

  it('are none: status 0, and a document that says so', async () => {
    expect(await diff(BOTH, 'a.ndjson', 'a.ndjson')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '0 added, 0 removed, 0 changed, 3 the same\n',
    })
    expect(await diff(BOTH, 'a.ndjson', 'a.ndjson', '-qo', 'json')).toMatchObject({
      status: 0,
      stdout: '[]\n',
      stderr: '',
    })
    expect(await diff({ 'a.json': '[]', 'b.ndjson': '' }, 'a.json', 'b.ndjson')).toMatchObject({ status: 0 })
    expect(await diff({ ...BOTH, 'e.json': '[]' }, 'a.ndjson', 'e.json')).toMatchObject({
      status: 3,
      stderr: '0 added, 3 removed, 0 changed, 0 the same\n',
    })
  })

  it('are found by the given key, without ignored columns', async () => {
    expect(await diff(BOTH, 'a.ndjson', 'b.ndjson', '--key', 'name', '--ignore', 'tags,id')).toMatchObject({
      status: 3,
      stderr: '2 added, 2 removed, 0 changed, 1 the same\n',
    })
    expect(
      await diff(BOTH, 'a.ndjson', 'b.ndjson', '--key', 'id', '--key', 'name', '-q', '-o', 'csv'),
    ).toMatchObject({ stdout: expect.stringMatching(/^change,id,name,column,old,new\nremoved,2,b,,,\n/) })
    expect(
      await diff(
        { 'a.json': '[{"id":1,"at":1}]', 'b.json': '[{"id":1,"at":2,"by":"x"}]' },
        'a.json',
        'b.json',
        '--ignore',
        'at,by',
      ),
    ).toMatchObject({ status: 0 })
  })

  it('JSON without rows has no columns, so that --key and --ignore may name any', async () => {
    const files = { 'none.json': '[]', 'none.ndjson': '', 'a.json': '[{"id":1,"at":2}]' }
    for (const file of ['none.json', 'none.ndjson'])
      expect(await diff(files, 'none.json', file, '--key', 'id', '--ignore', 'at')).toMatchObject({
        status: 0,
        stderr: '0 added, 0 removed, 0 changed, 0 the same\n',
      })
    expect(await diff(files, 'none.json', 'a.json', '--key', 'id', '--ignore', 'gone')).toMatchObject({
      status: 3,
      stderr: '1 added, 0 removed, 0 changed, 0 the same\n',
    })
    expect(await diff(files, 'a.json', 'none.ndjson', '--key', 'nope')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('a.json has no column "nope"') as string,
    })
  })

  it('a notice says that masked values are not compared', async () => {
    const files = {
      'a.json': '[{"id":1,"spec":{"secret":"********"},"n":1}]',
      'b.json': '[{"id":1,"spec":{"secret":"s"},"n":1}]',
    }
    const notice =
      'notice: secrets are masked, so that differences between them are not found; --show-secrets compares their values\n'
    expect(await diff(files, 'a.json', 'a.json')).toMatchObject({
      status: 0,
      stderr: `${notice}0 added, 0 removed, 0 changed, 1 the same\n`,
    })
    expect(await diff(files, 'a.json', 'a.json', '--ignore', 'spec')).toMatchObject({
      status: 0,
      stderr: '0 added, 0 removed, 0 changed, 1 the same\n',
    })
    expect(await diff(files, 'a.json', 'b.json')).toMatchObject({
      status: 3,
      stderr: '0 added, 0 removed, 1 changed, 0 the same\n',
    })
  })

  it('without a key whole rows are compared, counting duplicates', async () => {
    const files = {
      'a.json': '[{"x":1},{"x":1},{"x":2},{"x":null}]',
      'b.json': '[{"x":null},{"x":1},{"x":3},{"x":3}]',
    }
    expect(await diff(files, 'a.json', 'b.json', '-o', 'csv')).toMatchObject({
      status: 3,
      stdout: 'change,x\nremoved,1\nremoved,2\nadded,3\nadded,3\n',
      stderr:
        'notice: there is no key, so whole rows are compared; --key names the columns that identify a row\n2 added, 2 removed, 0 changed, 2 the same\n',
    })
    const twice = '[{"id":1,"x":1},{"id":1,"x":2}]'
    expect((await diff({ 'a.json': twice, 'b.json': twice }, 'a.json', 'b.json')).stderr).toMatch(
      /^notice: there is no key.*\n0 added, 0 removed, 0 changed, 2 the same\n$/,
    )
  })

  it('include a column that only one side has', async () => {
    const files = { 'a.json': '[{"id":1,"x":1,"gone":2}]', 'b.json': '[{"id":1,"x":1,"more":2}]' }
    expect(await diff(files, 'a.json', 'b.json', '-o', 'csv')).toMatchObject({
      status: 3,
      stdout: 'change,id,column,old,new\ncolumn removed,,gone,,\ncolumn added,,more,,\n',
      stderr:
        'notice: only a.json has gone\nnotice: only b.json has more\n0 added, 0 removed, 0 changed, 1 the same, 1 column added, 1 column removed\n',
    })
  })
})

describe.concurrent('values', () => {
  const one = (value: string): string => `[{"id":1,"x":${value}}]`
  it.each<readonly [old: string, now: string, isSame: boolean]>([
    ['9007199254740993', '9007199254740992', false],
    ['12345678901234567890123', '12345678901234567890124', false],
    ['9007199254740993', '9007199254740993', true],
    ['{"n":9007199254740993}', '{"n":9007199254740992}', false],
    ['0.1', '1e-1', true],
    ['1.0', '1', true],
    ['-0', '0', true],
    ['100000000000000000000', '1e20', true],
    ['1', '"1"', false],
    ['true', '"true"', false],
    ['true', '1', false],
    ['null', '""', false],
    ['"a"', '"a "', false],
    ['"é"', '"\\u00e9"', true],
    ['{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}', true],
    ['[1,2]', '[2,1]', false],
    ['"{\\"a\\": 1}"', '{"a":1}', true],
    ['"a\\nb"', '"a\\nb"', true],
    ['"{no json"', '"{no json"', true],
  ])('%s and %s', async (old, now, isSame) => {
    expect((await diff({ 'a.json': one(old), 'b.json': one(now) }, 'a.json', 'b.json', '-q')).status).toBe(
      isSame ? 0 : 3,
    )
  })

  it('of objects and arrays are shown by the parts that differ', async () => {
    const files = {
      'a.json': one(
        '{"a":{"b":1,"c":2},"x y":1,"l":[1,2,3],"m":[{"k":1},{"k":2}],"n":[1],"gone":0,"null":null}',
      ),
      'b.json': one('{"a":{"b":1,"c":3},"x y":2,"l":[1,9,2,3],"m":[{"k":1},{"k":9}],"n":{"k":1},"new":0}'),
    }
    const { stdout } = await diff(files, 'a.json', 'b.json', '-o', 'csv')
    expect(stdout.trim().split(/\r?\n/).slice(1)).toEqual([
      'changed,1,x.a.c,2,3',
      'changed,1,x.gone,0,',
      'changed,1,x.l[1],,9',
      'changed,1,x.m[1].k,2,9',
      'changed,1,x.n,[1],"{""k"":1}"',
      'changed,1,x.null,,',
      'changed,1,"x[""x y""]",1,2',
      'changed,1,x.new,,0',
    ])
  })

  it('long numbers keep all digits', async () => {
    expect(
      (
        await diff(
          { 'a.json': one('9007199254740993'), 'b.json': one('{"n":[9007199254740995]}') },
          'a.json',
          'b.json',
          '-qo',
          'ndjson',
        )
      ).stdout,
    ).toBe('{"change":"changed","id":1,"column":"x","old":9007199254740993,"new":{"n":[9007199254740995]}}\n')
  })

  it('files without types are compared as text, with a notice that NULL equals the empty text', async () => {
    const files = {
      'a.csv': '\ufeffid,n,ok,t,o\r\n1,5,true,,"{""b"":1,""a"":2}"\r\n',
      'b.json': '[{"id":1,"n":5,"ok":true,"t":"","o":{"a":2,"b":1}}]',
      'c.tsv': 'id\tn\tok\tt\to\n1\t5\ttrue\t\\N\t{"a":2,"b":1}\n',
    }
    expect(await diff(files, 'a.csv', 'b.json')).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^notice: .*NULL and the empty text are equal\n/),
    })
    expect(await diff(files, 'a.csv', 'c.tsv')).toMatchObject({
      status: 0,
      stderr: '0 added, 0 removed, 0 changed, 1 the same\n',
    })
    expect(
      await diff(
        { 'a.csv': 'id,x\n1,\'=1+1\n2,"a\nb"\n', 'b.json': '[{"id":1,"x":"=1+1"},{"id":2,"x":"a\\nb"}]' },
        'a.csv',
        'b.json',
      ),
    ).toMatchObject({ status: 0 })
    expect(
      await diff(
        { 'a.csv': 'id;x\n1;a\n', 'b.json': '[{"id":1,"x":"b"}]' },
        'a.csv',
        'b.json',
        '--delimiter',
        ';',
        '-o',
        'csv',
      ),
    ).toMatchObject({ status: 3, stdout: 'change;id;column;old;new\nchanged;1;x;a;b\n' })
  })

  it('parquet: integers, times, dates, booleans, bytes and JSON equal those of other formats', async () => {
    const dir = folder()
    parquetWriteFile({
      filename: join(dir, 'a.parquet'),
      columnData: [
        { name: 'id', data: [1n, 9_007_199_254_740_993n], type: 'INT64' },
        { name: 'ok', data: [true, null], type: 'BOOLEAN' },
        { name: 'f', data: [0.5, null], type: 'DOUBLE' },
        { name: 'at', data: [new Date('2025-10-09T16:07:53.218Z'), null], type: 'TIMESTAMP' },
        { name: 't', data: ['x', null], type: 'STRING' },
        { name: 'j', data: [{ b: 1, a: [2] }, null], type: 'JSON' },
      ],
    })
    writeFileSync(
      join(dir, 'b.json'),
      '[{"id":1,"ok":true,"f":0.5,"at":"2025-10-09T16:07:53.218000Z","t":"x","j":{"a":[2],"b":1}},{"id":9007199254740993}]',
    )
    expect(await cli(['diff', 'a.parquet', 'b.json'], { cwd: dir })).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: '0 added, 0 removed, 0 changed, 2 the same\n',
    })
  })

  it('parquet: long integers in lists keep all digits', async () => {
    const dir = folder()
    parquetWriteFile({
      filename: join(dir, 'a.parquet'),
      columnData: [{ name: 'l', data: [[1n, 9_007_199_254_740_993n]] }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'l', converted_type: 'LIST', num_children: 1, repetition_type: 'OPTIONAL' },
        { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
        { name: 'element', type: 'INT64', repetition_type: 'REQUIRED' },
      ],
    })
    writeFileSync(join(dir, 'b.json'), '[{"l":[1,9007199254740993]}]')
    expect(await cli(['diff', 'a.parquet', 'b.json'], { cwd: dir })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('1 the same\n'),
    })
  })
})

describe.concurrent('sides', () => {
  it('a result saved in any format equals its statement', async () => {
    const dir = folder()
    const sql = 'SELECT id, email, metadata, auth_type FROM confluent.iam.users'
    writeFileSync(join(dir, 'q.sql'), `-- users\n${sql};\n`)
    for (const format of ['json', 'ndjson', 'csv', 'tsv']) {
      expect(await sandboxed([sql, '--out', `u.${format}`], { cwd: dir })).toMatchObject({ status: 0 })
      expect(await sandboxed(['diff', '-q', `u.${format}`, '@q.sql'], { cwd: dir })).toEqual({
        status: 0,
        signal: null,
        stdout: '',
        stderr: '',
      })
    }
    await sandboxed(
      ['--db', 'x.db', `CREATE TABLE users AS ${sql}; CREATE TABLE more AS SELECT * FROM users LIMIT 100`],
      { cwd: dir },
    )
    expect(await sandboxed(['diff', '-q', 'x.db:users', sql], { cwd: dir })).toMatchObject({
      status: 0,
      stderr: '',
    })
    expect(await sandboxed(['diff', '--db', 'x.db', 'users', 'more'], { cwd: dir })).toMatchObject({
      status: 3,
      stderr: '0 added, 40 removed, 0 changed, 100 the same\n',
    })
    expect(
      await sandboxed(['diff', '-v', 'n=3', 'SELECT :n AS id', 'SELECT 3 AS id'], { cwd: dir }),
    ).toMatchObject({ status: 0 })
  })

  it.each<readonly [args: readonly string[], status: number, message: RegExp]>([
    [['no.json', 'a.ndjson'], 2, /^error: cannot read no\.json: there is no such file/],
    [['no.db:t', 'a.ndjson'], 2, /^error: cannot read no\.db: there is no such file/],
    [['@no.sql', 'a.ndjson'], 2, /^error: cannot read no\.sql: there is no such file/],
    [['hello world', 'a.ndjson'], 2, /^error: "hello world" is neither SQL, a saved result nor a table/],
    [['SELECT 1 AS id; SELECT 2 AS id', 'a.ndjson'], 2, /one statement/],
    [['SELECT 1 AS a, 2 AS a', 'a.ndjson'], 2, /two columns "a"/],
    [['SELECT nope', 'a.ndjson'], 1, /^error: 1:8: no column "nope".*\n  SELECT nope\n {9}\^{4}$/m],
    [['@bad.sql', 'a.ndjson'], 1, /^error: bad\.sql:2:8: no column "nope"/],
    [
      ['a.ndjson', 'b.ndjson', '--key', 'nmae'],
      2,
      /^error: --key: a\.ndjson has no column "nmae"; did you mean "name"\?\nhint: columns: id, name, tags/,
    ],
    [['a.ndjson', 'b.ndjson', '--ignore', 'nmae'], 2, /^error: --ignore: .* no column "nmae"/],
    [
      ['a.ndjson', 'b.ndjson', '--key', 'tags'],
      1,
      /^error: several rows of the old result have the key tags = NULL\nhint: /,
    ],
    [['a.ndjson', 'SELECT 1 AS other'], 2, /no column in common/],
    [['a.ndjson', 'cut.json'], 2, /cut\.json: its last line is not \]/],
    [['a.ndjson', 'cut.ndjson'], 2, /cut\.ndjson: line 2 is not JSON/],
    [['a.ndjson', 'empty.csv'], 2, /empty\.csv: it is empty/],
    [['a.ndjson', 'object.json'], 2, /object\.json: it is not an array/],
    [['a.ndjson', 'ragged.csv'], 2, /ragged\.csv: .*line 3/],
    [['a.ndjson', 'no.parquet'], 2, /no\.parquet: /],
  ])('refused: %j', async (args, status, message) => {
    const broken = {
      'bad.sql': '-- ids\nSELECT nope',
      'cut.json': '[\n{"id":1},\n{"id":2}\n',
      'cut.ndjson': '{"id":1}\n{"id":',
      'empty.csv': '',
      'object.json': '{"id":1}',
      'ragged.csv': 'id,x\n1,2\n3\n',
      'no.parquet': 'PAR1 nothing',
    }
    const outcome = await diff({ ...BOTH, ...broken }, ...args, '--out', 'd.csv')
    expect(outcome).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) })
    expect(existsSync(join(outcome.dir, 'd.csv'))).toBe(false)
  })

  it('a failed page leaves no file, and a complete run a complete one', async () => {
    const url = await server((request, response) => {
      if (request.url!.includes('page_token')) response.writeHead(500).end()
      else response.end(page(['u-1', 'u-2'], 'two'))
    })
    const dir = folder()
    writeFileSync(join(dir, 'a.json'), '[{"id":"u-1"}]')
    expect(
      await cli(
        [
          'diff',
          'a.json',
          'SELECT id FROM confluent.iam.users',
          '--out',
          'd.json',
          '--endpoint',
          url,
          '--retries',
          '0',
        ],
        { cwd: dir },
      ),
    ).toMatchObject({ status: 1, stdout: '' })
    expect(readdirSync(dir)).toEqual(['a.json'])
    expect(
      await cli(
        [
          'diff',
          'a.json',
          'SELECT id FROM confluent.iam.users LIMIT 2',
          '--out',
          'd.json',
          '--endpoint',
          url,
          '--retries',
          '0',
        ],
        { cwd: dir },
      ),
    ).toMatchObject({ status: 3, stdout: '' })
    expect(JSON.parse(readFileSync(join(dir, 'd.json'), 'utf8'))).toEqual([
      { change: 'added', id: 'u-2', column: null, old: null, new: null },
    ])
  })

  it('can be a table of the API; Ctrl-C interrupts its reading', async () => {
    expect(
      await sandboxed(['diff', 'confluent.iam.users', 'SELECT * FROM confluent.iam.users']),
    ).toMatchObject({ status: 0, stderr: '0 added, 0 removed, 0 changed, 140 the same\n' })
    let asked = (): void => {}
    const isAsked = new Promise<void>(resolve => {
      asked = resolve
    })
    const url = await server(() => asked())
    const dir = folder()
    writeFileSync(join(dir, 'a.json'), '[{"id":"u-1"}]')
    const outcome = await cli(
      ['diff', 'a.json', 'SELECT id FROM confluent.iam.users', '--out', 'd.json', '--endpoint', url],
      {
        cwd: dir,
        started: child => {
          void isAsked.then(() => child.kill('SIGINT'))
        },
      },
    )
    expect(outcome).toMatchObject({ status: 130, stdout: '', stderr: 'error: interrupted\n' })
    expect(readdirSync(dir)).toEqual(['a.json'])
  })

  it('refuses an invalid side, and the chart format', async () => {
    const files = {
      'q.sql': 'SELECT 1',
      'e.parquet': '',
      'c.parquet': 'PAR1, and then no more',
      'a.ndjson': '{"id":1}\n',
    }
    for (const [args, message] of [
      [
        ['q.sql', 'a.ndjson'],
        'q.sql is a file, but not a saved result: it does not end in .json .ndjson .jsonl .csv .tsv .parquet\nhint: @q.sql is the statement in it',
      ],
      [['e.parquet', 'a.ndjson'], 'cannot read e.parquet: it is not a complete Parquet file\n'],
      [['c.parquet', 'a.ndjson'], 'cannot read c.parquet: it is not a complete Parquet file\n'],
      [['a.ndjson', 'a.ndjson', '-o', 'chart'], 'a diff cannot be drawn as a chart\n'],
    ] as const)
      expect(await diff(files, ...args)).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(`error: ${message}`),
      })
  })
})
