import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { objects, startServer } from './support.ts'

const dir = mkdtempSync(join(tmpdir(), 'confluentql-locks-'))
afterAll(() => rmSync(dir, { recursive: true }))
const { open, serve } = await startServer()

test('another program can write to the file of --db between two answers', async () => {
  const db = join(dir, 'inventory.db')
  const other = new Database(db, { timeout: 0 })
  other.exec(
    "CREATE TABLE pairs (one TEXT, other TEXT); INSERT INTO pairs VALUES ('k1', 'k2'); CREATE TABLE log (id TEXT)",
  )
  const key = (id: string) => (): object => {
    other.prepare('INSERT INTO log VALUES (?)').run(id)
    return { id, name: id }
  }
  serve({ 'GET /keys/k1': key('k1'), 'GET /keys/k2': key('k2') })
  const rows = await objects(
    open({ db }),
    "SELECT b.id FROM p.s.keys a JOIN pairs p ON p.one = a.id JOIN p.s.keys b ON b.id = p.other || substr(a.name, 9) WHERE a.id = 'k1'",
  )
  expect(rows).toEqual([{ id: 'k2' }])
  expect(other.prepare('SELECT id FROM log').pluck().all()).toEqual(['k1', 'k2'])
  other.close()
})
