import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { untilBusy } from '../support/busy.ts'
import { cli, folder, page, PROGRAM, server, spawned } from './support.ts'

const U = 'confluent.iam.users'

describe.concurrent('an interrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends a request that hangs, with 130 or by itself, and leaves no file',
    async signal => {
      const dir = folder()
      let asked = (): void => {}
      const isAsked = new Promise<void>(resolve => {
        asked = resolve
      })
      const url = await server((request, response) => {
        if (!request.url!.includes('page_token'))
          response.end(
            page(
              Array.from({ length: 100 }, (_, i) => `u-${i}`),
              'two',
            ),
          )
        else asked()
      })
      const { status, stdout, stderr } = await cli(
        ['--out', 'r.csv', '--endpoint', url, `SELECT id FROM ${U}`],
        {
          cwd: dir,
          started: child => {
            void isAsked.then(() => child.kill(signal))
          },
        },
      )
      expect({ status, stdout }).toEqual({ status: signal === 'SIGHUP' ? null : 130, stdout: '' })
      expect(stderr).toBe('error: interrupted\n')
      expect(readdirSync(dir)).toEqual([])
    },
  )

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s: a change says which rows were sent', async name => {
    let count = 0
    let asked = (): void => {}
    const isAsked = new Promise<void>(resolve => {
      asked = resolve
    })
    const url = await server((_request, response) => {
      if (++count === 2) asked()
      else response.writeHead(201).end('{"id":"i-1"}')
    })
    const { status, signal, stderr } = await cli(
      [
        '--endpoint',
        url,
        "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.com'), ('b@example.com'), ('c@example.com'); DELETE FROM confluent.iam.invitations WHERE id = 'i-1'",
      ],
      {
        started: child => {
          // a terminal that closes sends it twice
          void isAsked.then(() => child.kill(name) && (name !== 'SIGHUP' || child.kill(name)))
        },
      },
    )
    expect({ status, signal }).toEqual(
      name === 'SIGHUP' ? { status: null, signal: name } : { status: 130, signal: null },
    )
    expect(stderr).toMatch(/row 2 of 3.*interrupted/s)
    expect(stderr).toMatch(/row 1 succeeded/)
    expect(stderr).toMatch(/\nnotice: 1 more statement was not run\n$/)
  })
})

/** Never ends; `some` rows come before SQLite goes on without any. */
const runaway = (some: number): string =>
  `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, hex(randomblob(100)) AS y FROM n WHERE x <= ${some}`

describe.concurrent('while SQLite blocks the thread', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends the program, and no file is left',
    async name => {
      const dir = folder()
      writeFileSync(join(dir, 's.sql'), `SELECT 1 AS ready;\n.once r.csv\n${runaway(0)};`)
      const { status, signal } = await cli(['-f', 's.sql'], {
        cwd: dir,
        started: child => {
          child.stdout!.once('data', () => {
            void untilBusy(child.pid!).then(() => child.kill(name))
          })
        },
      })
      expect(status === 130 || signal === name).toBe(true)
      expect(readdirSync(dir)).toEqual(['s.sql'])
    },
  )

  it('the next run removes the temporary file of a killed process', async () => {
    const dir = folder()
    const parts = (): string[] => readdirSync(dir)
    const killed = await spawned(process.execPath, [PROGRAM, '--out', 'r.csv', runaway(5000)], {
      cwd: dir,
      started: child => {
        const look = setInterval(() => {
          // read once: the file can be gone at a second look
          const [part] = parts()
          if (part !== undefined && statSync(join(dir, part), { throwIfNoEntry: false })?.size)
            child.kill('SIGTERM')
        }, 20)
        child.on('exit', () => clearInterval(look))
      },
    })
    expect(killed.status === 130 || killed.signal === 'SIGTERM').toBe(true)
    expect(existsSync(join(dir, 'r.csv'))).toBe(false)
    expect(await cli(['--out', 'r.csv', 'SELECT 1 AS a'], { cwd: dir })).toMatchObject({ status: 0 })
    expect(parts()).toEqual(['r.csv'])
  })
})

describe.concurrent('a reader that closes the pipe', () => {
  it.each(['table', 'csv', 'json', 'ndjson', 'vertical', 'markdown'])(
    'ends %s without an error',
    async format => {
      const sql =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT x, 'some text to fill the pipe' AS t FROM n"
      const line = `"$0" "$1" -o ${format} "$2" | head -n 2; echo "status \${PIPESTATUS[0]}"`
      const { stdout, stderr } = await spawned('bash', ['-c', line, process.execPath, PROGRAM, sql], {})
      expect(stderr).toBe('')
      expect(stdout.split('\n')).toHaveLength(4)
      expect(stdout).toMatch(/status 0\n$/)
    },
  )

  it('of stderr does not crash the program', async () => {
    const { stdout } = await spawned(
      'bash',
      [
        '-c',
        '"$0" "$1" --sandbox --trace -o csv --no-header "SELECT count(*) FROM confluent.iam.users" 2> >(exec 0<&-; exit 0)',
        process.execPath,
        PROGRAM,
      ],
      {},
    )
    expect(stdout).toBe('140\n')
  })
})

describe.concurrent('sandbox', () => {
  it('prints exports, serves by them, and ends at SIGINT', async () => {
    let queried: Promise<unknown> = Promise.resolve()
    const { status, stdout, stderr } = await cli(['sandbox', '--port', '0'], {
      started: child => {
        queried = once(child.stdout!, 'data').then(async ([text]) => {
          const env = Object.fromEntries(
            [...String(text).matchAll(/^export (\w+)=(.*)$/gm)].map(([, k, v]) => [k, v]),
          )
          const answer = await cli(['-o', 'csv', '--no-header', `SELECT count(*) FROM ${U}`], { env })
          const refused = await cli([`SELECT count(*) FROM ${U}`], {
            env: { ...env, CONFLUENT_CLOUD_API_SECRET: 'no' },
          })
          child.kill('SIGINT')
          return [answer, refused]
        })
      },
    })
    const [answer, refused] = (await queried) as [unknown, unknown]
    expect(answer).toMatchObject({ status: 0, stdout: '140\n', stderr: '' })
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^error: .*401/) })
    expect(stdout).toMatch(/^export CONFLUENT_CLOUD_ENDPOINT=http:\/\/127\.0\.0\.1:\d+$/m)
    expect(stdout).toMatch(/^export CONFLUENT_CLOUD_API_KEY=sandbox$/m)
    expect(stderr).toMatch(/^sandbox at http:\/\/127\.0\.0\.1:\d+/)
    expect(status).toBe(0)
  })

  it('says that a port is taken', async () => {
    const url = await server((_request, response) => response.end())
    const { status, stderr } = await cli(['sandbox', '--port', new URL(url).port])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: .*cannot listen on 127\.0\.0\.1:\d+.*\nhint: .*--port/)
  })

  it('leaves nothing in the folder that it runs in', async () => {
    const dir = folder()
    await cli(['--sandbox', `SELECT count(*) FROM ${U}`], { cwd: dir })
    expect(existsSync(join(dir, 'dist'))).toBe(false)
    expect(readdirSync(dir)).toEqual([])
  })
})
