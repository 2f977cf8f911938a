import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import stringWidth from 'string-width'
import { describe, expect, it, vi } from 'vitest'
import { page, PLANTED, secretsIn, server } from '../cli/support.ts'
import { untilBusy } from '../support/busy.ts'
import { home, processes, PtyShell } from './pty.ts'

const PROMPT = /confluentql>$/
const PROMPT_OF_SANDBOX = /sandbox>$/
const LONG = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200) SELECT x FROM n'
const RUNAWAY = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;\r'

/** A shell that is at its first prompt. */
async function started(...args: ConstructorParameters<typeof PtyShell>): Promise<PtyShell> {
  const shell = new PtyShell(...args)
  await shell.until(/> ?$/)
  return shell
}

/** Resolves when another engine runs in place of one that has ended. */
async function untilReplaced(shell: PtyShell, engine: number): Promise<void> {
  await vi.waitFor(() => {
    const [other] = processes(shell, 'dist/engine.js')
    expect(other).toBeDefined()
    expect(other).not.toBe(engine)
  }, 5000)
}

describe.concurrent('at a terminal', () => {
  it('types, edits and runs a statement of several lines; Ctrl-D leaves', async () => {
    const shell = await started([])
    expect(shell.screen.text).toMatch(
      /^confluentql \d+\.\d+\.\d+, CONFLUENT_CLOUD_API_KEY is not set \(\.help for help\)\nconfluentql>$/,
    )
    await shell.type('SELECT 1 AS a,\r', /\n {10}-> ?$/)
    await shell.type("'x\r", /\n {10}'> ?$/)
    const text = await shell.type(
      "y' AS c;\x1b[A\x1b[A\x05\x7f\x7fbb,\r",
      /\(1 row, \d+\.\d\d s\)\nconfluentql>$/,
    )
    expect(text).toContain(
      "confluentql> SELECT 1 AS bb,\n          -> 'x\n          '> y' AS c;\n bb | c\n----+------\n  1 | x\\ny\n",
    )
    expect(await shell.leave()).toBe(0)
    expect(readdirSync(join(shell.home, 'tmp'))).toEqual([])
  })

  it('completes names from the catalog, and lists them at the second Tab', async () => {
    const shell = await started(['--sandbox'])
    await shell.type('select em', /em$/)
    await shell.type(' from confluent.iam.inv\t', /invitations ?$/)
    await shell.type("where sta\t= 'INVITE_STATUS_SE\t", /status= 'INVITE_STATUS_SENT' ?$/)
    await shell.type('\x15select * from confluent.iam.u\t', /users ?$/)
    await shell.type(
      'where \t\t',
      /\nid +api_version +auth_type +email +full_name +kind +metadata\nsandbox> select \* from confluent\.iam\.users where ?$/,
    )
    await shell.type(
      "\x15select * from confluent.iam.invitations where status = 'I\t\t",
      /'INVITE_STATUS_SENT' +.*'INVITE_STATUS_ACCEPTED'[^]*> select .*= 'INVITE_STATUS_$/,
    )
    await shell.type('\x15select seen, own_thing from confluent.kafka_topi\t_con\t', /kafka_topic_configs ?$/)
    await shell.type('\x15create table mine as select 1 as own_column;\r', /CREATE TABLE 1\n.*\nsandbox>$/)
    await shell.type('select own_c from min\t\x01\x1bf\x1bf\t', /> select own_column from mine ?$/)
    await shell.type(
      '\x15\x0bselect rtree\t, matchi\t, sqlite_v\t, octet_l\t',
      /> select rtree, matchi, sqlite_v, octet_length\($/,
    )
    await shell.type('\x15\x0b.he\t', /> \.he$/)
    await shell.type('\t', /\.help +\.headers\nsandbox> \.he$/)
    await shell.type('\x03', /sandbox> \.he\nsandbox>$/)
    expect(await shell.leave()).toBe(0)
  })

  it('keeps the history between runs; Ctrl-R searches it', async () => {
    const folder = home()
    const first = await started([], { home: folder })
    await first.type('SELECT 11\r+ 1 AS sum;\r', /\(1 row/)
    await first.type('.set api_secret hush\r', /secret hush\nconfluentql>$/)
    await first.type(' SELECT 4 AS hidden;\r', / {6}4\n\(1 row/)
    await first.type('SELECT 3 AS three;\r', /three\n-+\n +3\n\(1 row/)
    expect(await first.leave()).toBe(0)
    expect(readFileSync(join(folder, '.local/state/confluentql/history'), 'utf8')).toBe(
      '"SELECT 11\\n+ 1 AS sum;"\n"SELECT 3 AS three;"\n',
    )
    const second = await started([], { home: folder })
    await second.type('\x1b[A\x1b[A', /confluentql> SELECT 11\n {10}-> \+ 1 AS sum;$/)
    await second.type('\x03\x12thr', /\(reverse-i-search\)`thr': SELECT 3 AS three;$/)
    await second.type('\r', /confluentql> SELECT 3 AS three;\n three\n-+\n +3\n\(1 row/)
    await second.type('.history sum\r', /1 {2}SELECT 11\n {3}\+ 1 AS sum;\n3 {2}\.history sum\nconfluentql>$/)
    expect(await second.leave()).toBe(0)
  })

  it('Ctrl-C cancels a statement that waits for a page, and its request', async () => {
    let asked = (): void => {}
    const isAsked = new Promise<void>(resolve => {
      asked = resolve
    })
    let gone = (): void => {}
    const isGone = new Promise<void>(resolve => {
      gone = resolve
    })
    const url = await server((request, response) => {
      if (!request.url!.includes('page_token'))
        return response.end(
          page(
            Array.from({ length: 100 }, (_, i) => `u-${i}`),
            'two',
          ),
        )
      response.on('close', gone)
      return asked()
    })
    const shell = await started(['--endpoint', url], { env: PLANTED })
    shell.send('SELECT count(*) FROM confluent.iam.users;\r')
    await isAsked
    await shell.type('\x03', /error: .*cancelled\nconfluentql>$/)
    await isGone
    expect(shell.screen.text).not.toContain('anew')
    await shell.type('SELECT 5 AS five;\r', /five\n-+\n +5\n/)
    expect(await shell.leave()).toBe(0)
  })

  it.each([
    ['json', '"u-99"}'],
    ['csv', 'u-99'],
  ])('Ctrl-C in the middle of a result is told once, on a line of its own: %s', async (mode, last) => {
    const rows = Array.from({ length: 100 }, (_, i) => `u-${i}`)
    const url = await server((request, response) => {
      if (!request.url!.includes('page_token')) response.end(page(rows, 'two'))
    })
    const shell = await started(['--endpoint', url], { env: PLANTED })
    shell.send(`.mode ${mode}\rSELECT id FROM confluent.iam.users;\r`)
    await shell.until(new RegExp(`${last}$`))
    const text = await shell.type('\x03', /cancelled\nconfluentql>$/)
    expect(text).toContain(`${last}\nerror: cancelled\n`)
    expect(text.match(/cancelled/g)).toHaveLength(1)
    shell.send('SELECT count(*) FROM confluent.iam.users;\r')
    await shell.until(/users;$/)
    const again = await shell.type('\x03\x03', /cancelled[^]*cancelled.*\nconfluentql>$/)
    expect(again.match(/cancelled/g)).toHaveLength(2)
    expect(again).not.toContain('SQLite busy')
    expect(await shell.leave()).toBe(0)
  })

  it('Ctrl-C ends an endless query; tables, variables and settings survive', async () => {
    const shell = await started(['--sandbox'])
    await shell.type('CREATE TABLE mine AS SELECT 42 AS n;\r', /CREATE TABLE 1\n.*sandbox>$/s)
    await shell.type('USE confluent;\r.set name mira\r.mode csv\r', /\nmode: csv\nsandbox>$/)
    shell.send(RUNAWAY)
    await untilBusy(processes(shell, 'dist/engine.js')[0]!)
    await shell.type(
      '\x03',
      /cancelled \(SQLite was busy; tables, views, variables and settings are kept\)\nsandbox>$/,
    )
    await shell.type(
      'SELECT n, :name AS name, (SELECT count(*) FROM iam.users) AS users FROM mine;\r',
      /n,name,users\n42,mira,140\n/,
    )
    expect(await shell.leave()).toBe(0)
  })

  it('Ctrl-C while the engine starts cancels the statement', async () => {
    const slow = join(home(), 'slow.mjs')
    const go = join(home(), 'go')
    writeFileSync(
      slow,
      `import { existsSync } from 'node:fs'
const still = new Int32Array(new SharedArrayBuffer(4))
if (process.argv[1]?.endsWith('engine.js')) while (!existsSync(${JSON.stringify(go)})) Atomics.wait(still, 0, 0, 10)
`,
    )
    const shell = await started([], { env: { NODE_OPTIONS: `--import ${slow}` } })
    await shell.type('SELECT 1 AS one;\r', /SELECT 1 AS one;$/)
    await shell.type(
      '\x03',
      /;\ncancelled \(it had not started: the engine is still starting\)\nconfluentql>$/,
    )
    writeFileSync(go, '')
    expect(await shell.type('SELECT 2 AS two;\r', /two\n-+\n +2\n.*\nconfluentql>$/)).not.toMatch(/ one\n/)
    expect(await shell.leave()).toBe(0)
  })

  it('a statement typed before the session fails to open does not block the exit', async () => {
    const shell = new PtyShell(['--db', '/nowhere/at/all.db'])
    // the error may follow the prompt at once
    await shell.until(/> /)
    shell.send('SELECT 1;\r')
    expect(await shell.ended).toBe(2)
  })

  it('reports a file of .output that is lost with its engine', async () => {
    const shell = await started([], { width: 140 })
    const file = join(home(), 'r.ndjson')
    await shell.type(`.output ${file}\rSELECT 1 AS one;\r`, /\(1 row.*\nconfluentql>$/s)
    const [engine] = processes(shell, 'dist/engine.js')
    process.kill(engine!, 'SIGKILL')
    await untilReplaced(shell, engine!)
    await shell.type(
      'SELECT 2 AS two;\r',
      /SELECT 2 AS two;\nnotice: the engine ended: it was killed, .*are kept\nerror: .*r\.ndjson was not written: its results were lost with the engine\nhint: [^]* two\n[^]*confluentql>$/,
    )
    expect(await shell.type('SELECT 3 AS three;\r', /three\n-+\n +3\n\(1 row.*\nconfluentql>$/)).not.toMatch(
      /three[^]*was not written/,
    )
    expect(await shell.leave()).toBe(0)
    expect(readdirSync(join(file, '..')).filter(f => f.endsWith('.ndjson'))).toEqual([])
  })

  it.each([
    ['.output none.csv', 'notice: \\.output none\\.csv was lost: results are shown here until'],
    ['.once none.csv', 'notice: \\.once none\\.csv was lost: results are shown here until'],
    ['CREATE TEMP TABLE gone AS SELECT 1;', 'notice: lost: gone \\(temporary\\)'],
  ])(
    'says before the next statement that %s is lost with an engine that died meanwhile',
    async (command, said) => {
      const shell = await started([], { width: 140 })
      await shell.type(`${command}\r`, /(?:none\.csv|TABLE 1\n.*)\nconfluentql>$/)
      const [engine] = processes(shell, 'dist/engine.js')
      process.kill(engine!, 'SIGKILL')
      await untilReplaced(shell, engine!)
      await shell.type('SELECT 3 AS three;\r', new RegExp(`${said}[^]*three\n-+\n +3\n[^]*confluentql>$`))
      expect(await shell.type('SELECT 4 AS four;\r', /four\n-+\n +4\n[^]*confluentql>$/)).not.toMatch(
        /four;[^]*lost/,
      )
      expect(await shell.leave()).toBe(0)
    },
  )

  it.each([
    ['.output', 'whole.json'],
    ['.output', 'whole.csv'],
    ['.once', 'whole.csv'],
  ])('says nothing of a file of %s that is complete: %s', async (command, file) => {
    const shell = await started([], { width: 140 })
    await shell.type(`${command} ${file}\rSELECT 1 AS one;\r`, /\(1 row written to whole[^]*\nconfluentql>$/)
    const [engine] = processes(shell, 'dist/engine.js')
    process.kill(engine!, 'SIGKILL')
    await untilReplaced(shell, engine!)
    const said = await shell.type('SELECT 3 AS three;\r', /three\n-+\n +3\n[^]*confluentql>$/)
    expect(said).not.toMatch(/lost|not written/)
    expect(await shell.leave()).toBe(0)
    expect(readdirSync(shell.home)).toContain(file)
  })

  it('says on leaving that the file of .output was lost', async () => {
    const shell = await started([], { width: 140 })
    await shell.type('.output r.ndjson\rSELECT 1 AS one;\r', /\(1 row.*\nconfluentql>$/s)
    const [engine] = processes(shell, 'dist/engine.js')
    process.kill(engine!, 'SIGKILL')
    await untilReplaced(shell, engine!)
    expect(await shell.leave()).toBe(1)
    expect(shell.screen.text).toContain('error: r.ndjson was not written')
  })

  it.each(['.output', '.once'])(
    'says that %s is lost with a busy engine, before it has results',
    async command => {
      const shell = await started([], { width: 140 })
      const file = join(shell.home, 'none.csv')
      await shell.type(`${command} ${file}\r`, /none\.csv\nconfluentql>$/)
      shell.send(RUNAWAY)
      await untilBusy(processes(shell, 'dist/engine.js')[0]!)
      await shell.type(
        '\x03',
        new RegExp(
          `notice: \\${command} \\S*none\\.csv was lost: results are shown here until[^]*confluentql>$`,
        ),
      )
      await shell.type('SELECT 3 AS three;\r', /three\n-+\n +3\n\(1 row.*\nconfluentql>$/)
      expect(readdirSync(shell.home)).not.toContain('none.csv')
      expect(await shell.leave()).toBe(0)
    },
  )

  it('gives up a file of .output at once if a later result of it is cut; a first one is begun again', async () => {
    const shell = await started([], { width: 140 })
    const cut =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, CASE i WHEN 2000 THEN json('x') END FROM n;\r"
    const files = ['first.txt', 'later.txt', 'last.txt'].map(name => join(shell.home, name))
    for (const file of files) writeFileSync(file, 'before\n')
    const [first, later, last] = files as [string, string, string]
    await shell.type(`.output ${first}\r${cut}`, /malformed JSON\nconfluentql>$/)
    await shell.type('SELECT 2 AS two;\r.output\r', /first\.txt is written over the old one\)\nconfluentql>$/)
    expect(readFileSync(first, 'utf8')).toBe(' two\n-----\n   2\n')
    await shell.type(`.output ${later}\rSELECT 1 AS one;\r`, /\(1 row for \S*later\.txt[^]*confluentql>$/)
    await shell.type(
      cut,
      /later\.txt is not written: this result failed in the middle[^]*JSON\nconfluentql>$/,
    )
    await shell.type('SELECT 3 AS three;\r', /later\.txt was not written: a result failed[^]*confluentql>$/)
    await shell.type(`.output\r.output ${last}\r${cut}`, /last\.txt\n[^]*malformed JSON\nconfluentql>$/)
    expect(await shell.leave()).toBe(0)
    expect([later, last].map(file => readFileSync(file, 'utf8'))).toEqual(['before\n', 'before\n'])
  })

  it('says on leaving what became of the file of .output', async () => {
    const shell = await started([], { width: 140 })
    const folder = join(shell.home, 'results')
    mkdirSync(folder)
    await shell.type(`.output ${folder}/a.txt\rSELECT 1 AS one;\r`, /\(1 row for \S*a\.txt[^]*confluentql>$/)
    rmSync(folder, { recursive: true })
    shell.send('.quit\r')
    expect(await shell.ended).toBe(1)
    expect(shell.screen.text).toMatch(/error: [^]*cannot write \S*a\.txt/)
  })

  it('Ctrl-C cancels a statement from the moment it is entered, also while the engine starts', async () => {
    const shells = await Promise.all(Array.from({ length: 3 }, () => started(['--sandbox'])))
    await Promise.all(
      shells.map(async (shell, i) => {
        // the first gets both at once
        shell.send(RUNAWAY + (i === 0 ? '\x03' : ''))
        await new Promise(resolve => {
          setTimeout(resolve, 30 * i)
        })
        await shell.type(i === 0 ? '' : '\x03', /cancelled[^]*sandbox>$/)
        expect(await shell.leave()).toBe(0)
      }),
    )
  })

  it('reports a lost engine in one line, and starts another', async () => {
    const shell = await started([], { width: 140 })
    shell.send(RUNAWAY)
    const engines = processes(shell, 'dist/engine.js')
    expect(engines).toHaveLength(1)
    await untilBusy(engines[0]!)
    process.kill(engines[0]!, 'SIGKILL')
    await shell.until(
      /error: the engine ended while the statement ran: it was killed, perhaps for want of memory; tables, views, variables and settings are kept\nconfluentql>$/,
    )
    await shell.type('SELECT 5 AS five;\r', /five\n-+\n +5\n/)
    expect(await shell.leave()).toBe(0)
  })

  it('runs pasted statements in order up to the first error', async () => {
    const shell = await started([])
    await shell.type(
      '\x1b[200~SELECT 1 AS\tone;\nSELECT 2 AS two;\n\x1b[201~',
      /SELECT 2 AS two;\n {10}->$|SELECT 2 AS two;\n *\S*>$/,
    )
    const text = await shell.type('\r', /two\n-+\n +2\n\(1 row.*\nconfluentql>$/s)
    expect(text).toMatch(/one\n-+\n +1\n\(1 row/)
    await shell.type(
      '\x1b[200~SELECT nope;\rSELECT 3 AS three;\rSELECT 4;\x1b[201~\r',
      /error: 1:8: .*nope.*\n2 more statements were not run\nconfluentql>$/s,
    )
    await shell.type('\x1b[A', /SELECT 4;$/)
    expect(await shell.type('\x03', /SELECT 4;\nconfluentql>$/)).not.toContain(' three\n--')
    expect(await shell.leave()).toBe(0)
  })

  it('keys pressed while a statement runs go to the next prompt', async () => {
    let asked = (_answer: () => void): void => {}
    const isAsked = new Promise<() => void>(resolve => {
      asked = resolve
    })
    const url = await server((_request, response) => asked(() => response.end(page(['u-1']))))
    const shell = await started(['--endpoint', url], { env: PLANTED })
    shell.send('SELECT id FROM confluent.iam.users;\rSELECT 6 AS six;')
    const answer = await isAsked
    answer()
    await shell.until(/u-1\n\(1 row.*\nconfluentql> SELECT 6 AS six;$/s)
    await shell.type('\r', /six\n-+\n +6\n/)
    expect(await shell.leave()).toBe(0)
  })

  it('redraws the entry when the terminal changes its size', async () => {
    const shell = await started([])
    await shell.type("SELECT 'aaaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbbb'", /b'$/)
    shell.resize(40)
    await shell.until(/^confluentql> SELECT 'aaaaaaaaaaaaaaaaaaa\na', 'bbbbbbbbbbbbbbbbbbbb'$/m)
    await shell.type(' AS c;\r', /\(1 row/)
    await shell.type(
      ".expanded auto\rSELECT 'aaaaaaaaaaaaaaaaaaaa' AS a, 'bbbbbbbbbbbbbbbbbbbb' AS b, 'cccccccccccccccccccc' AS c;\r",
      /-\[ 1 \]-+\na \| a+\nb \| b+\nc \| c+\n/,
    )
    expect(await shell.leave()).toBe(0)
  })

  it('suggests the intended name after an error, and continues', async () => {
    const shell = await started(['--sandbox'])
    await shell.type(
      '.tabels\r',
      /error: no command \.tabels; did you mean "\.tables"\?\nhint: .*\nsandbox>$/,
    )
    await shell.type('SELECT emial FROM confluent.iam.users;\r', /did you mean "email"\?\n.*sandbox>$/s)
    await shell.type('.own\r', /\(0 rows, .* s\)\nnotice: \.tables lists those of the API\nsandbox>$/)
    await shell.type(
      'SELECT :x, :y;\r',
      /no value for :x, :y\n.*\nhint: write \.set x … and \.set y … before it\nsandbox>$/s,
    )
    await shell.type(
      'SELECT 1\r\\q\r',
      /> SELECT 1\n +-> \\q\n +->\n\(this is part of the statement, which no ; has ended yet; Ctrl-C discards it\)\nsandbox> SELECT 1\n +-> \\q\n +-> ?$/,
    )
    await shell.type('\x03', /\nsandbox>$/)
    await shell.type(
      "SELECT 1,\r'b;\r",
      /\n +-> 'b;\n +'>\n\(a text that begins in line 2 is not closed; ' closes it, Ctrl-C discards the entry\)\nsandbox> SELECT 1,\n +-> 'b;\n +'> ?$/,
    )
    await shell.type('\x03', /\nsandbox>$/)
    await shell.type('\\l\r', /error: no command \\l\nhint: SHOW PROVIDERS.*\nsandbox>$/)
    await shell.type('help\r', /> help\nlook .*sandbox>$/s)
    await shell.type('\\?\r', /\.quit +\\\? \\q .*\n.*sandbox>$/s)
    await shell.type('.help mode\r', /\.mode \[FORMAT\]\n {2}format of results/)
    shell.send('quit\r')
    expect(await shell.ended).toBe(0)
  })

  it('writes a result to the file or command after \\g, and says where results went', async () => {
    const shell = await started([])
    const file = (name: string): string => readFileSync(join(shell.home, name), 'utf8')
    const path = (name: string): string => `'${join(shell.home, name)}'`
    await shell.type(
      `SELECT 1 AS a \\g ${path('a.csv')}\r`,
      /\n\(1 row written to \S*a\.csv, .* s\)\nconfluentql>$/,
    )
    expect(file('a.csv')).toBe('a\n1\n')
    await shell.type("SELECT 'x' || 1 AS v \\g | tr x y\r", /\n y1\n\(1 row, .* s\)\nconfluentql>$/)
    await shell.type(
      `CREATE TABLE t AS SELECT 1 AS x \\g ${path('b.csv')}\r`,
      /error: .*\\g .*b\.csv: the statement has no rows to write\n.*confluentql>$/s,
    )
    await shell.type('SELECT 2 \\g nothing\r', /error: .*no format for "nothing"[^]*confluentql>$/)
    await shell.type(
      'SELECT 2 \\gx a b.csv\r',
      /error: .*\\gx does not take "b\.csv"[^]*hint: write \\gx FILE; [^]*confluentql>$/,
    )
    await shell.type('SELECT 3 AS c;\r', /\n 3\n\(1 row, .* s\)\nconfluentql>$/)
    await shell.type(
      `SELECT 5 AS a \\g ${path('a.csv')}; SELECT 6 AS b;\r`,
      /\n\(1 row written over the old \S*a\.csv, .* s\)\n b\n-+\n 6\n\(1 row, .* s\)\nconfluentql>$/,
    )
    expect(file('a.csv')).toBe('a\n5\n')
    await shell.type(
      `.once ${path('a.csv')}\rSELECT nope;\r`,
      /notice: \S*a\.csv is not written\nerror: .*no column "nope"[^]*confluentql>$/,
    )
    await shell.type(
      '.once nothing\r',
      /error: .*no format for "nothing": [^]*hint: name the format with \.mode FORMAT, [^]*confluentql>$/,
    )
    await shell.type('SELECT 7 AS d;\r', /\n 7\n\(1 row, .* s\)\nconfluentql>$/)
    await shell.type(
      `.output ${path('c.txt')}\rSELECT 4 AS d;\r.output\r`,
      /\(1 row for \S*c\.txt, .* s\)\n.*\n?\(\S*c\.txt is written\)\nconfluentql>$/,
    )
    expect(file('c.txt')).toBe(' d\n---\n 4\n')
    expect(await shell.leave()).toBe(0)
  })

  it('says how to see values that a table shortens', async () => {
    const shell = await started([])
    const long = 'abcdefghij'.repeat(20)
    await shell.type(
      `SELECT '${long}' AS a, '${long}' AS b;\r`,
      /…\n\(1 row, .* s; … shortens values, \\gx instead of ; shows them whole\)\nconfluentql>$/,
    )
    await shell.type(`SELECT 'short' AS a;\r`, /short\n\(1 row, [\d.]+ s\)\nconfluentql>$/)
    expect(await shell.leave()).toBe(0)
  })

  it('repeats a statement until Ctrl-C', async () => {
    const shell = await started([])
    const text = await shell.type('SELECT 7 AS seven \\watch 0.1\r', /(seven\n-+\n +7\n\(1 row[^]*){3}/)
    expect(text).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(every 0\.1 s, Ctrl-C ends it\)/)
    await shell.type('\x03', PROMPT)
    await shell.type('SELECT 8 AS eight;\r.watch 0.1\r', /(eight\n-+\n +8\n\(1 row[^]*){3}/)
    await shell.type('\x03', PROMPT)
    expect(await shell.leave()).toBe(0)
  })

  it('never repeats a change, and EXEC only if it is named', async () => {
    const shell = await started(['--sandbox'])
    const insert = "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.org')"
    await shell.type(`${insert};\r`, /INSERT 1\n.*\nsandbox>$/)
    await shell.type(
      '.watch 0.1\r',
      /error: \.watch would send the last statement, INSERT, again[^]*sandbox>$/,
    )
    await shell.type('\f', /^sandbox>$/)
    await shell.type(`${insert} \\watch 0.1\r`, /statement, INSERT, again[^]*sandbox>$/)
    await shell.type(
      "SELECT count(*) AS n FROM confluent.iam.invitations WHERE email = 'a@example.org';\r",
      /n\n-+\n +1\n/,
    )
    const exec = "EXEC confluent.iam.users.get_iam_v2user @id = 'u-08mnyy'"
    await shell.type(`${exec};\r.watch 0.1\r`, /statement, EXEC, again[^]*hint: write \\watch[^]*sandbox>$/)
    await shell.type(`${exec} \\watch 0.1\r`, /(\(every 0\.1 s[^]*){3}/)
    await shell.type('\x03', PROMPT_OF_SANDBOX)
    expect(await shell.leave()).toBe(0)
  })

  it('edits with $EDITOR, and shows long results with the pager', async () => {
    const folder = home()
    writeFileSync(join(folder, 'editor'), '#!/bin/sh\nsed -i s/two/three/ "$1"\n', { mode: 0o755 })
    writeFileSync(join(folder, 'pager'), '#!/bin/sh\necho PAGER BEGINS; head -n 3; echo PAGER ENDS\n', {
      mode: 0o755,
    })
    const shell = await started([], {
      home: folder,
      env: { EDITOR: join(folder, 'editor'), CONFLUENTQL_PAGER: join(folder, 'pager') },
    })
    await shell.type('SELECT 2 AS two;\r', /two\n-+\n +2\n/)
    await shell.type('\\e\r', /confluentql> SELECT 2 AS three;$/)
    await shell.type('\r', /three\n-+\n +2\n\(1 row/)
    await shell.type(
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100) SELECT x FROM n;\r',
      /PAGER BEGINS\n +x\n-+\n +1\nPAGER ENDS\n\(100 rows.*\nconfluentql>$/s,
    )
    await shell.type('SELECT 5 AS five;\r', /five\n-+\n +5\n\(1 row.*\nconfluentql>$/s)
    expect(await shell.leave()).toBe(0)
  })

  it('shows a wide table whole with less, with its header in view if less can', async () => {
    const folder = home()
    const less = join(folder, 'less')
    const install = (version: number): void =>
      writeFileSync(
        less,
        `#!/bin/sh\n[ "$1" = --version ] && { echo "less ${version} (POSIX)"; exit; }\necho "LESS $LESS $*"; cut -c 1-60\n`,
        { mode: 0o755 },
      )
    install(590)
    const shell = await started([], {
      home: folder,
      env: { PATH: `${folder}:${process.env.PATH}`, PAGER: `${less} -R` },
    })
    const wide = `SELECT ${['a', 'b', 'c', 'd', 'e', 'f'].map(c => `'${c.repeat(40)}' AS ${c}`).join(', ')};\r`
    const records = await shell.type(`\\timing off\r${wide}`, /f \| f+\n\(1 row\)\nconfluentql>$/)
    expect(records).not.toContain('LESS')
    const whole = /LESS FRX -R -S\n a {40}\| b\n-{42}\+-{17}\n a{40} \| b{16}\n\(1 row\)\nconfluentql>$/
    await shell.type(`\\x off\r${wide}`, whole)
    install(643)
    await shell.type(wide, /LESS FRX -R -S --header=2\n a [^]*confluentql>$/)
    await shell.type(`\\x on\r${LONG};\r`, /LESS FRX -R\n-\[ 1 \]-[^]*confluentql>$/)
    expect(await shell.leave()).toBe(0)
  })

  it('.pager and \\pset turn the pager off and on, and choose another', async () => {
    const folder = home()
    for (const name of ['one', 'two'])
      writeFileSync(join(folder, name), `#!/bin/sh\necho PAGER ${name} "$@"; head -n 3\n`, { mode: 0o755 })
    const shell = await started([], { home: folder, env: { CONFLUENTQL_PAGER: join(folder, 'one') } })
    await shell.type(
      `.pager\r${LONG};\r`,
      /pager: .*\/one\n[^]*PAGER one\n +x\n[^]*\(200 rows.*\nconfluentql>$/,
    )
    const off = await shell.type(
      `\f\\pset pager off\r${LONG};\r`,
      /pager: off\n[^]* 200\n\(200 rows.*\nconfluentql>$/,
    )
    expect(off.slice(off.lastIndexOf('pager: off'))).not.toContain('PAGER')
    await shell.type(
      `\f.pager on\r${LONG};\r`,
      /pager: .*\/one\n[^]*PAGER one\n[^]*\(200 rows.*\nconfluentql>$/,
    )
    await shell.type(
      `\f.pager ${folder}/two -a b\r${LONG};\r`,
      /pager: .*\/two -a b\n[^]*PAGER two -a b\n[^]*\(200 rows.*\nconfluentql>$/,
    )
    await shell.type('\\pset null (none)\rSELECT NULL AS n;\r', / n\n-+\n \(none\)\n\(1 row/)
    expect(await shell.leave()).toBe(0)
  })

  it('wraps messages after words, never within quoted texts, and leaves names of tables whole', async () => {
    const shell = await started(['--sandbox'], { width: 50 })
    const text = await shell.type('SELECT * FROM confluent.iam.service_acounts;\r', /hint: [^]*sandbox>$/)
    expect(text).toMatch(
      /\nerror: 1:15: no resource "service_acounts" in\n {2}confluent\.iam; did you mean "service_accounts"\?\n/,
    )
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(50)
    const hint = await shell.type(
      "\fDELETE confluent.iam.users WHERE full_name = 'a b c d e f g h i j k l m n o p q';\r",
      /hint: write DELETE FROM confluent\.iam\.users WHERE\n {2}full_name = 'a b c d e f g h i j k l m n o p q'\nsandbox>$/,
    )
    expect(hint).toContain('expected FROM, found "confluent"')
    const ids = `${'a'.repeat(14)}, ${'b'.repeat(14)}`.split(', ').map(id => `'${id}'`)
    await shell.type(
      `\fDELETE FROM confluent.iam.users WHERE id IN (${ids.join(', ')});\r`,
      /DELETE of 2 rows of confluent\.iam\.users: id =\n {2}a{14}; id = b{14}\nSend it\? \(y\/N\) ?$/,
    )
    await shell.type('n\r', /error: nothing was sent\nsandbox>$/)
    await shell.type('\f.find topic\r', /\n table {3}\| confluent\.tableflow\.topics\n[^]*sandbox>$/)
    await shell.type(
      '\f\\d confluent.iam.invitations\r',
      /notice: \\d\+ confluent\.iam\.invitations shows the\n {2}fields of creator, metadata and user\nsandbox>$/,
    )
    expect(await shell.leave()).toBe(0)
  })

  it('draws lines as high as half of the terminal, at least 8 lines and at most 20', async () => {
    const rowsIn = async (height: number): Promise<number> => {
      const shell = await started([], { height })
      const values = '2026-01-01,2026-01-02,2026-01-03'.split(',').map((day, i) => `('${day}', ${i})`)
      const text = await shell.type(
        `.mode chart\rSELECT column1 AS day, column2 AS n FROM (VALUES ${values.join(', ')});\r`,
        /\(3 rows.*\nconfluentql>$/,
      )
      expect(await shell.leave()).toBe(0)
      return text.split('\n').filter(line => /^ *[\d.]* \|/.test(line)).length
    }
    expect(await Promise.all([20, 30, 60].map(rowsIn))).toEqual([10, 15, 20])
    expect(await rowsIn(12)).toBe(8)
  })

  it('says while SQLite is busy that it is, and erases that', async () => {
    const shell = await started([], { width: 120 })
    await shell.type(RUNAWAY, /n;\n\d+ s, SQLite is busy$/)
    expect(await shell.type('\x03', /n;\ncancelled .*\nconfluentql>$/)).not.toContain('s, SQLite is busy')
    expect(await shell.leave()).toBe(0)
  })

  it('names the temporary tables that are lost with a busy engine', async () => {
    const shell = await started(['--sandbox'], { width: 140 })
    await shell.type(
      'CREATE TABLE kept AS SELECT 1 AS n;\rCREATE TEMP TABLE gone AS SELECT 2 AS n;\r',
      /TABLE 1\n[^]*TABLE 1\n.*\nsandbox>$/,
    )
    shell.send(RUNAWAY)
    await untilBusy(processes(shell, 'dist/engine.js')[0]!)
    await shell.type(
      '\x03',
      /cancelled \(SQLite was busy; other tables, views, variables and settings are kept\)\nnotice: lost: gone \(temporary\)\nsandbox>$/,
    )
    await shell.type('\f.own\r', /\n kept {2}\| table\n\(1 row/)
    shell.send(RUNAWAY)
    await untilBusy(processes(shell, 'dist/engine.js')[0]!)
    await shell.type(
      '\x03',
      /cancelled \(SQLite was busy; tables, views, variables and settings are kept\)\nsandbox>$/,
    )
    expect(await shell.leave()).toBe(0)
  })

  it('opens no pager for a wide result without rows, whose names it wraps', async () => {
    const folder = home()
    writeFileSync(join(folder, 'pager'), '#!/bin/sh\necho PAGER\ncat\n', { mode: 0o755 })
    const shell = await started([], {
      home: folder,
      width: 40,
      env: { CONFLUENTQL_PAGER: join(folder, 'pager') },
    })
    const wide = ['a', 'b', 'c', 'd'].map(c => `1 AS ${c.repeat(12)}`).join(', ')
    for (const expanded of ['auto', 'off']) {
      const text = await shell.type(
        `\\x ${expanded}\rSELECT ${wide} LIMIT 0;\r`,
        /\(0 rows, .* s\)\nconfluentql>$/,
      )
      expect(text).toMatch(/\n a{12} \| b{12} \|\n c{12} \| d{12}\n\(0 rows/)
      expect(text).not.toContain('PAGER')
      await shell.type('\f', PROMPT)
    }
    await shell.type(`SELECT ${wide};\r`, /PAGER\n[^]*\(1 row, .*\nconfluentql>$/)
    expect(await shell.leave()).toBe(0)
  })

  it('shows the place of an error in the width of the terminal, also behind wide characters', async () => {
    const shell = await started([], { width: 45 })
    const before = "'first text', 'second text', '漢字'"
    const text = await shell.type(`SELECT ${before}, nope, 'some more text' AS x;\r`, /\^\nconfluentql>$/)
    const lines = text.split('\n')
    const at = lines.findIndex(l => /^ +\^{4}$/.test(l))
    const source = lines[at - 1]!
    expect(source).toMatch(/^ {2}\S.*'漢字', nope, .*…$/)
    // a wide character has two columns
    expect(lines[at]!.indexOf('^')).toBe(source.indexOf('nope') + 2)
    expect(lines[at]!.length).toBeLessThan(45)
    const odd = ['漢字'.repeat(12), '\u202e'.repeat(7), String.raw`a\t`.repeat(6), 'e\u0301'.repeat(40)]
    for (const value of odd) {
      await shell.type('\f', /^confluentql>$/)
      const all = (await shell.type(`SELECT '${value}', nope, '${value}';\r`, /\^\nconfluentql>$/)).split(
        '\n',
      )
      const caret = all.findLastIndex(l => /^ +\^+$/.test(l))
      const shown = all[caret - 1]!
      expect(shown).toContain('nope')
      expect(stringWidth(shown)).toBeLessThan(45)
      expect(all[caret]).toBe(`${' '.repeat(stringWidth(shown.slice(0, shown.indexOf('nope'))))}^^^^`)
    }
    expect(await shell.leave()).toBe(0)
  })

  it('\\x says what is set and what comes next, and ends .mode vertical', async () => {
    const shell = await started([])
    const states = [
      ['\\x', /expanded: on \(one line per value; \\x again: auto\)/],
      ['.mode', /mode: table \(with \\x on: one line per value; \\x auto is the default\)/],
      ['\\x', /expanded: auto \(tables; one line per value where one is too wide\)/],
      ['\\x off', /expanded: off \(tables, as wide as they are\)/],
      ['\\x', /expanded: on \(one line per value; \\x again: off\)/],
      ['\\x', /expanded: off \(tables, as wide as they are\)/],
      ['\\x auto', /expanded: auto \(tables; one line per value where one is too wide\)/],
      ['.mode vertical', /mode: vertical \(\\x: table\)/],
      ['\\x', /expanded: auto \(tables; one line per value where one is too wide\)/],
      ['.mode csv', /mode: csv/],
      ['\\x', /expanded: on \(.*; \\x again: auto; this is for \.mode table, now it is csv\)/],
    ] as const
    for (const [line, state] of states) {
      await shell.type(`${line}\r`, new RegExp(`\n${state.source}\nconfluentql>$`))
      await shell.type('\f', PROMPT)
    }
    await shell.type('\\x auto\r.mode vertical\r\\x\rSELECT 1 AS one;\r', /one\n-+\n +1\n\(1 row/)
    expect(await shell.leave()).toBe(0)
  })

  it('shows a notice once; later queries count it, changes and .notices show it', async () => {
    const shell = await started(['--sandbox'])
    const query = 'SELECT count(*) AS n FROM kafka.kafka.topics;\r'
    const notice = 'notice: kafka.kafka.topics was not read for cluster_id lkc-5p8b6m'
    const first = await shell.type(query, /\(1 row, .* s\)\nsandbox>$/)
    expect(first).toContain(notice)
    await shell.type('\f', PROMPT_OF_SANDBOX)
    const again = await shell.type(query, /\(1 row, .* s, 2 notices as before: \.notices\)\nsandbox>$/)
    expect(again).not.toContain('notice:')
    await shell.type(
      '.notices\r',
      /> \.notices\nnotice: kafka[^]*\nnotice: cluster_id not given[^]*sandbox>$/,
    )
    await shell.type('\f', PROMPT_OF_SANDBOX)
    await shell.type(
      `CREATE TABLE n AS ${query}`,
      /> CREATE TABLE .*\nnotice: kafka[^]*\nnotice: [^]*CREATE TABLE 1\n.* s\)\nsandbox>$/,
    )
    await shell.type('SELECT 1;\r.notices\r', /the last statement had no notices\nsandbox>$/)
    expect(await shell.leave()).toBe(0)
  })

  it('gives results to commands, which have the terminal; Ctrl-C ends them', async () => {
    const shell = await started([])
    await shell.type(
      '.timer off\r.once | echo ASK; read key </dev/tty; echo "key $key"; cat\rSELECT 1 AS one;\r',
      /\nASK$/,
    )
    await shell.type('k\r', /key k\n one\n-+\n +1\n\(1 row\)\nconfluentql>$/)
    const file = join(shell.home, 'all.txt')
    await shell.type(
      `.mode ndjson\r.output | cat > ${file}; echo END; exit 4\rSELECT 2 AS two;\r`,
      /two;\n\(1 row\)\nconfluentql>$/,
    )
    await shell.type('.output\r', /END\nerror: .*the command ended with status 4: [^]*confluentql>$/)
    expect(readFileSync(file, 'utf8')).toBe('{"two":2}\n')
    const more =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) SELECT i FROM n;'
    await shell.type(
      `.output | exec true\r${more}\r`,
      /\nnotice: the command has stopped reading: exec true; further results are lost until \.output\n.*\nconfluentql>$/,
    )
    const lost = await shell.type(
      '\f.output\rSELECT 5 AS five;\r',
      /\n\{"five":5\}\n\(1 row\)\nconfluentql>$/,
    )
    expect(lost).not.toContain('error')
    // sh may lose a Ctrl-C between two commands
    const ready = join(shell.home, 'ready.txt')
    writeFileSync(ready, 'READY')
    await shell.type(`.once | exec tail -f ${ready}\rSELECT 3;\r`, /\nREADY$/)
    const text = await shell.type('\x03', /the command was ended by SIGINT: [^]*confluentql>$/)
    expect(text).not.toContain('cancelled')
    await shell.type(`.output | cat > ${file}\rSELECT 4 AS four;\r`, /four;\n\(1 row\)\nconfluentql>$/)
    expect(await shell.leave()).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('{"four":4}\n')
  })

  it('gives the editor and the pager no credentials', async () => {
    const folder = home()
    const program = (name: string, rest: string): string => {
      writeFileSync(join(folder, name), `#!/bin/sh\nenv > "$HOME/${name}.seen"; ${rest}\n`, { mode: 0o755 })
      return join(folder, name)
    }
    const shell = await started([], {
      home: folder,
      env: {
        ...PLANTED,
        EDITOR: program('editor', 'true'),
        CONFLUENTQL_PAGER: program('pager', 'cat'),
        CONFLUENT_CLOUD_API_TOKEN: '',
        KEPT: 'kept',
      },
    })
    await shell.type(`${LONG};\r`, /200\n\(200 rows.*\nconfluentql>$/s)
    await shell.type('\\e\r', /confluentql> WITH [^]*;$/)
    await shell.type('\x03', PROMPT)
    expect(await shell.leave()).toBe(0)
    for (const name of ['editor', 'pager']) {
      const seen = readFileSync(join(folder, `${name}.seen`), 'utf8')
      expect(seen).toMatch(/^KEPT=kept$/m)
      expect(secretsIn(seen)).toEqual([])
    }
  })

  it('a missing pager loses no rows', async () => {
    for (const pager of ['no-such-pager -x', '/dev/null']) {
      const shell = await started([], { env: { CONFLUENTQL_PAGER: pager } })
      const text = await shell.type(`${LONG};\r`, /\n +200\n\(200 rows[^]*confluentql>$/)
      expect(text).toContain(`notice: the pager could not be run: ${pager}; results are shown without it`)
      expect(text.match(/^ +\d+$/gm)).toHaveLength(200)
      await shell.type('SELECT 5 AS five;\r', /five\n-+\n +5\n\(1 row.*\nconfluentql>$/s)
      await shell.type(`${LONG.replace('200', '201')};\r`, /\n +201\n\(201 rows[^]*confluentql>$/)
      expect(await shell.leave()).toBe(0)
    }
  })

  it('restores the terminal before the pager starts', async () => {
    for (let i = 0; i < 6; i++) {
      const folder = home()
      // what less does: takes the terminal as it finds it, sets it for keys, and waits for one
      writeFileSync(
        join(folder, 'pager'),
        '#!/bin/sh\nstty -icanon -echo </dev/tty; cat >/dev/null; echo READY; k=$(dd bs=1 count=1 2>/dev/null </dev/tty); echo "GOT $k"; stty sane </dev/tty\n',
        { mode: 0o755 },
      )
      const shell = await started([], { home: folder, env: { CONFLUENTQL_PAGER: join(folder, 'pager') } })
      await shell.type(`${LONG};\r`, /READY/)
      await shell.type('q', /GOT q\n\(200 rows[^]*confluentql>$/)
      expect(await shell.leave()).toBe(0)
    }
  })

  it('shows results on the screen after an output cannot be opened', async () => {
    const shell = await started([])
    await shell.type(
      '.once /no/such/dir/x.csv\r',
      /error: .*cannot write \/no\/such\/dir\/x\.csv.*\n[^]*confluentql>$/,
    )
    await shell.type('SELECT 1 AS one;\r', /one\n-+\n +1\n\(1 row.*\nconfluentql>$/s)
    await shell.type(
      '.mode xlsx\r',
      /error: .*xlsx is not text, and results go to the terminal\n[^]*hint: .*\.once report\.xlsx.*\nconfluentql>$/,
    )
    await shell.type('SELECT 2 AS two;\r', /two\n-+\n +2\n\(1 row.*\nconfluentql>$/s)
    await shell.type(
      ".mode chart\rSELECT 'a' AS a, 'b' AS b;\r",
      /mode: chart \(for all results until \.mode table\)\n[^]*error: .*\n[^]*hint: [^]*or write a table\s+with\s+\.mode table\nconfluentql>$/,
    )
    await shell.type('.mode table\rSELECT 3 AS three;\r', /three\n-+\n +3\n\(1 row.*\nconfluentql>$/s)
    const file = join(shell.home, 'x.bin')
    await shell.type(
      `.output ${file}\r.mode xlsx\rSELECT 4 AS four;\r.output\r`,
      /x\.bin is written\)\nconfluentql>$/,
    )
    expect(readFileSync(file).subarray(0, 2).toString()).toBe('PK')
    expect(await shell.leave()).toBe(0)
  })

  it('runs the start file; errors name its line', async () => {
    const folder = home()
    mkdirSync(join(folder, '.config/confluentql'), { recursive: true })
    writeFileSync(
      join(folder, '.config/confluentql/shellrc'),
      '-- how I like it\n.mode csv\n.timer off\n\nSELECT 1 AS one;\nSELECT nope;\n',
    )
    const shell = await started([], { home: folder })
    await shell.until(/one\n1\n\(1 row\)\nerror: .*shellrc:6:8: .*nope[^]*confluentql>$/)
    await shell.type('SELECT 2 AS two;\r', /two\n2\n\(1 row\)\nconfluentql>$/)
    expect(await shell.leave()).toBe(0)
  })

  it.each([{ HOME: '/proc/nonexistent' }, { XDG_STATE_HOME: '/proc/none' }])(
    'begins without a history where none can be kept: %j',
    async env => {
      const shell = await started([], { env })
      await shell.type('SELECT 1 AS one;\r', /notice: the history is not kept: [^]* one\n-+\n +1\n\(1 row/)
      await shell.type('\x1b[A', /> SELECT 1 AS one;$/)
      await shell.type('\x15', PROMPT)
      expect(await shell.leave()).toBe(0)
    },
  )

  it('a dumb terminal has a prompt without editing; NO_COLOR has no colours', async () => {
    const shell = await started([], { env: { TERM: 'dumb' } })
    await shell.type('SELECT 1\r', /\n {10}-> ?$/)
    await shell.type('AS one;\r', /one\n-+\n +1\n\(1 row, \d+\.\d\d s\)\nconfluentql> ?$/)
    expect(shell.output).not.toContain('\x1b')
    await shell.type(RUNAWAY, /n;$/)
    await untilBusy(processes(shell, 'dist/engine.js')[0]!)
    await shell.type('\x03', /cancelled[^]*confluentql> ?$/)
    expect(await shell.leave()).toBe(0)
    const colored = await started([])
    await colored.type('SELECT', /SELECT$/)
    expect(colored.output).toMatch(/\x1b\[1;34mSELECT/)
    const plain = await started([], { env: { NO_COLOR: '1' } })
    await plain.type('SELECT', /SELECT$/)
    expect(plain.output).not.toMatch(/\x1b\[[\d;]*m/)
    expect(
      await Promise.all([
        colored.type('\x03', PROMPT).then(() => colored.leave()),
        plain.type('\x03', PROMPT).then(() => plain.leave()),
      ]),
    ).toEqual([0, 0])
  })

  it('leaves no files or processes when its terminal closes or it is killed', async () => {
    for (const signal of ['the terminal goes', 'SIGQUIT', 'SIGKILL'] as const) {
      const shell = await started([])
      await shell.type('CREATE TABLE mine AS SELECT 1 AS n;\r', /CREATE TABLE 1[^]*confluentql>$/)
      shell.send(RUNAWAY)
      await vi.waitFor(() => expect(processes(shell, 'dist/engine.js')).toHaveLength(1))
      if (signal === 'the terminal goes') shell.kill()
      else process.kill(processes(shell, 'dist/cli.js')[0]!, signal)
      await vi.waitFor(
        () => expect([...processes(shell, 'dist/engine.js'), ...processes(shell, 'dist/cli.js')]).toEqual([]),
        { timeout: 15_000, interval: 100 },
      )
      expect(signal === 'SIGKILL' ? [] : readdirSync(join(shell.home, 'tmp'))).toEqual([])
    }
  })

  it.each(['the terminal goes', 'SIGTERM', 'SIGHUP'] as const)(
    'completes the file of .output when it is idle and ended by: %s',
    async how => {
      const shell = await started([])
      const file = join(shell.home, 'all.txt')
      await shell.type(`.output ${file}\rSELECT 1 AS one;\r`, /\(1 row for \S*all\.txt, .*\)\nconfluentql>$/)
      if (how === 'the terminal goes') shell.kill()
      else process.kill(processes(shell, 'dist/cli.js')[0]!, how)
      await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe(' one\n-----\n   1\n'), {
        timeout: 15_000,
        interval: 100,
      })
      await vi.waitFor(
        () => expect([...processes(shell, 'dist/engine.js'), ...processes(shell, 'dist/cli.js')]).toEqual([]),
        { timeout: 15_000, interval: 100 },
      )
      expect(readdirSync(join(shell.home, 'tmp'))).toEqual([])
    },
  )

  it('ends by SIGHUP, not by a crash, when its terminal closes', async () => {
    const shells = await Promise.all(
      Array.from({ length: 4 }, () => started([], { by: 'trap "" HUP; "$@"; echo $? > status' })),
    )
    for (const shell of shells) shell.kill()
    const statuses = () => shells.map(({ home: at }) => readFileSync(join(at, 'status'), 'utf8').trim())
    await vi.waitFor(() => expect(statuses()).toEqual(shells.map(() => '129')), {
      timeout: 15_000,
      interval: 100,
    })
  })

  it('--dry-run shows the requests of each statement', async () => {
    const shell = await started(['--sandbox', '--dry-run'])
    await shell.type(
      "DELETE FROM confluent.iam.invitations WHERE id = 'i-1';\r",
      /DELETE \| http:.*\/iam\/v2\/invitations\/i-1 [^]*sandbox>$/,
    )
    expect(await shell.leave()).toBe(0)
  })

  it('.dryrun shows the requests of changes without sending them, until it is off', async () => {
    const shell = await started(['--sandbox'])
    const sql = "DELETE FROM confluent.iam.invitations WHERE id = 'i-021i0';\r"
    await shell.type(
      `.dryrun on\r${sql}`,
      /dryrun: on\n[^]*DELETE \| http:.*\/invitations\/i-021i0 [^]*sandbox>$/,
    )
    await shell.type(
      "SELECT count(*) AS n FROM confluent.iam.invitations WHERE id = 'i-021i0';\r",
      /\n n\n-+\n 1\n/,
    )
    await shell.type(`.dryrun off\r${sql}`, /dryrun: off\n[^]*DELETE 1\n.*\nsandbox>$/)
    expect(await shell.leave()).toBe(0)
    const dry = await started(['--sandbox', '--dry-run'])
    await dry.type('.dryrun off\r', /error: .*started with --dry-run.*\n[^]*sandbox>$/)
    await dry.type(sql, /DELETE \| http:.*\/invitations\/i-021i0 [^]*sandbox>$/)
    expect(await dry.leave()).toBe(0)
  })

  it('a change of several rows is sent only after a yes', async () => {
    const shell = await started(['--sandbox'], { width: 160 })
    const where = "WHERE id IN ('i-021i0', 'i-02417', 'i-02osh', 'i-nope')"
    const count = async (n: number): Promise<unknown> =>
      shell.type(
        `SELECT count(*) AS n FROM confluent.iam.invitations;\r`,
        new RegExp(`\\n +n\\n-+\\n +${n}\\n[^?]*sandbox>$`),
      )
    const asked =
      /DELETE of 4 rows of confluent\.iam\.invitations: id = i-021i0; id = i-02417; id = i-02osh; …\nSend it\? \(y\/N\) ?$/
    for (const answer of [
      '\r',
      'n\r',
      'yy\r',
      'yess\r',
      'y\x03',
      '\x04',
      '\x1b[200~y\r\x1b[201~\r',
      'x\x7f\r',
      'y ok\r',
    ]) {
      await shell.type(`DELETE FROM confluent.iam.invitations ${where};\r`, asked)
      await shell.type(answer, /Send it\? .*\nerror: nothing was sent\nsandbox>$/)
    }
    // what is hardly meant is said before the question
    await shell.type(
      "DELETE FROM confluent.iam.invitations WHERE id IN ('i-021i0', 'i 1');\r",
      /notice: id is compared with 'i 1', but its values begin with 'i-'[^\n]*\n[^]*Send it\? \(y\/N\) ?$/,
    )
    await shell.type('n\r', /error: nothing was sent\nsandbox>$/)
    await count(230)
    // what was typed before the question is for the next entry
    await shell.type(
      "UPDATE confluent.iam.service_accounts SET description = 'x' WHERE id IN (SELECT id FROM confluent.iam.service_accounts WHERE display_name LIKE '%-dev');\ry",
      /UPDATE of \d+ rows of confluent\.iam\.service_accounts: id = sa-[^\n]*\nSend it\? \(y\/N\) ?$/,
    )
    await shell.type('\r', /error: nothing was sent\nsandbox> y$/)
    await shell.type('\x15', /sandbox>$/)
    await shell.type(
      "DELETE FROM confluent.iam.invitations WHERE id = 'i-021i0';\r",
      /DELETE 1\n.*\nsandbox>$/,
    )
    await shell.type(
      "DELETE FROM confluent.iam.invitations WHERE id IN ('i-02417', 'i-02osh');\r",
      /\(y\/N\) ?$/,
    )
    await shell.type('Yes\r', /\(y\/N\) Yes\nDELETE 2\n.*\nsandbox>$/)
    // one request that deletes all that it finds
    await shell.type(
      "DELETE FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND resource_type = 'TOPIC' AND pattern_type = 'PREFIXED' AND operation = 'READ' AND permission = 'ALLOW';\r",
      /DELETE of all rows of kafka\.kafka\.acls with cluster_id = lkc-7p2v9d, resource_type = TOPIC, [^\n]*\nSend it\? \(y\/N\) ?$/,
    )
    await shell.type('\r', /error: nothing was sent\nsandbox>$/)
    await count(227)
    writeFileSync(
      join(shell.home, 's.sql'),
      "UPDATE confluent.iam.service_accounts SET description = 'x' WHERE id IN (SELECT id FROM confluent.iam.service_accounts WHERE display_name LIKE '%-dev');",
    )
    await shell.type('.read s.sql\r', /UPDATE \d+\n.*\nsandbox>$/)
    await shell.type(
      ".confirm off\rUPDATE confluent.iam.service_accounts SET description = 'y' WHERE id IN (SELECT id FROM confluent.iam.service_accounts WHERE display_name LIKE '%-dev');\r",
      /confirm: off\n[^]*UPDATE \d+\n.*\nsandbox>$/,
    )
    expect(await shell.leave()).toBe(0)
  })

  it('a dumb terminal that ends in a statement does not run it', async () => {
    const sent: string[] = []
    const url = await server((request, response) => {
      sent.push(`${request.method} ${request.url}`)
      response.end('{}')
    })
    const shell = await started(['--endpoint', url], { env: { ...PLANTED, TERM: 'dumb' } })
    await shell.type("DELETE FROM confluent.iam.users\rWHERE id = 'u-1'\r", /-> ?$/)
    expect(await shell.leave()).toBe(0)
    expect(shell.screen.text).toMatch(/\(the entry is not run, since no ; has ended it\)$/)
    expect(sent).toEqual([])
  })

  it('asks before a change on a dumb terminal too', async () => {
    const shell = await started(['--sandbox'], { env: { TERM: 'dumb' } })
    const sql = "DELETE FROM confluent.iam.invitations WHERE id IN ('i-021i0', 'i-02417');\r"
    await shell.type(sql, /Send it\? \(y\/N\) ?$/)
    await shell.type('n\r', /error: nothing was sent\nsandbox> ?$/)
    await shell.type(sql, /Send it\? \(y\/N\) ?$/)
    await shell.type('\x03', /error: nothing was sent\nsandbox> ?$/)
    await shell.type(sql, /Send it\? \(y\/N\) ?$/)
    await shell.type('y\r', /DELETE 2\n.*\nsandbox> ?$/)
    expect(await shell.leave()).toBe(0)
  })

  it('.help wraps its lines at the terminal width without losing words', async () => {
    const narrow = await started([], { width: 60, height: 60 })
    const text = (await narrow.type('.help\r', /A statement ends with[^]*> ?$/)).split('\n').slice(3)
    expect(Math.max(...text.map(l => l.length))).toBeLessThanOrEqual(60)
    expect(text.join(' ').replace(/ +/g, ' ')).toContain('plan before rows; notices of the last statement')
    const mode = await narrow.type('\f.help mode\r', /\.mode FORMAT is[^]*statement[^]*> ?$/)
    expect(Math.max(...mode.split('\n').map(l => l.length))).toBeLessThanOrEqual(60)
    expect(mode).toMatch(/\n {2}chart {14}bars; lines over time; for each result\n {21}until \.mode table\n/)
    expect(await narrow.leave()).toBe(0)
    const usual = await started([], { width: 80, height: 24, env: { CONFLUENTQL_PAGER: 'echo PAGED' } })
    expect(await usual.type('.help\r', /A statement ends with[^]*> ?$/)).not.toContain('PAGED')
    expect(await usual.leave()).toBe(0)
  })

  it('ends with status 2, and stops the sandbox, without a folder for its tables', async () => {
    const shell = new PtyShell(['--sandbox'], { env: { TMPDIR: '/nowhere' } })
    expect(await shell.ended).toBe(2)
    expect(shell.screen.text).toMatch(
      /^error: cannot create a folder for tables of the shell in \/nowhere: ENOENT: no such file or\s+directory\nhint: set TMPDIR/,
    )
  })

  it('ends with status 2 if the session cannot be opened', async () => {
    const shell = new PtyShell(['--db', '/nowhere/at/all.db'])
    expect(await shell.ended).toBe(2)
    expect(shell.screen.text).toMatch(/error: cannot open \/nowhere\/at\/all\.db/)
  })
})
