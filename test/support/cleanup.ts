import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let undoing: (() => unknown)[] = []

/** Registers a cleanup for the end of the test file. Also works within tests, where vitest's own `afterAll` does nothing. */
export function atEnd(undo: () => unknown): void {
  undoing.push(undo)
}

/** Runs all cleanups, the latest first. */
export async function undoAll(): Promise<void> {
  const all = undoing.toReversed()
  undoing = []
  for (const undo of all) await undo()
}

/** An empty folder that is removed at the end of the test file. */
export function folder(name = 'test'): string {
  const path = mkdtempSync(join(tmpdir(), `confluentql-${name}-`))
  atEnd(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Starts a server on 127.0.0.1 that ends with the test file, and returns its base URL. */
export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
