import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { StatusLine } from '../../src/cli/status-line.ts'

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise(resolve => { setTimeout(resolve, 20) })
}

test('long work shows itself on one line, and leaves no trace', async () => {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk: Buffer) => { text += chunk.toString() })
  const line = new StatusLine(stream as unknown as NodeJS.WriteStream)
  line.start()
  line.count({ method: 'GET', url: 'https://x/', status: 200, ms: 1, bytes: 1_500_000, attempt: 1 })
  line.count({ method: 'GET', url: 'https://x/', status: 429, ms: 1, bytes: 0, attempt: 1, retryIn: 60_000 })
  expect(text).toBe('')
  await until(() => text !== '')
  expect(text).toMatch(/^\r\u001b\[K\d+\.\d s, 2 requests, 1\.5 MB, the API asks to wait (?:59|60) s$/)
  line.stop()
  expect(text.endsWith('\r\u001b[K')).toBe(true)
  const length = text.length
  line.stop()
  expect(text).toHaveLength(length)
})
