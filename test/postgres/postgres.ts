import { execFileSync } from 'node:child_process'
import { chownSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../server/support.ts'
import { atEnd, folder } from '../support/cleanup.ts'

/** Where Debian has the programs of Postgres 15. */
const PROGRAMS = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin'

/** Starts a Postgres on a free port, which ends with the test file. It does not run as root: then as the user `postgres`. */
export async function startPostgres(): Promise<Client> {
  if (!existsSync(join(PROGRAMS, 'initdb')))
    throw new Error(`Postgres 15 is not in ${PROGRAMS}: apt-get install postgresql-15, or set POSTGRES_BIN`)
  const path = folder('postgres')
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid)
  const run = (program: string, ...args: string[]): void =>
    void execFileSync(join(PROGRAMS, program), args, { ...user, cwd: path, stdio: 'ignore' })
  const data = join(path, 'data')
  const port = await freePort()
  run('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--locale=C.UTF-8', '-E', 'UTF8', '--no-sync')
  const settings = `-p ${port} -k ${path} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=UTC`
  run('pg_ctl', '-D', data, '-w', '-o', settings, '-l', join(path, 'log'), 'start')
  atEnd(() => run('pg_ctl', '-D', data, '-m', 'immediate', 'stop'))
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  atEnd(() => client.end().catch(() => {}))
  return client
}

const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
