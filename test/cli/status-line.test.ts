import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Meter } from '../../src/cli/meter.ts'
import { StatusLine, statusText } from '../../src/cli/status-line.ts'

const until = async (done: () => boolean): Promise<void> => {
  while (!done())
    await new Promise(resolve => {
      setTimeout(resolve, 20)
    })
}

test('long work shows itself on one line, and leaves no trace', async () => {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const meter = new Meter()
  const line = new StatusLine(stream, meter)
  meter.reset()
  line.start()
  meter.request({ method: 'GET', url: 'https://x/', status: 200, ms: 1, bytes: 1_500_000, attempt: 1 })
  meter.request({
    method: 'GET',
    url: 'https://x/',
    status: 429,
    ms: 1,
    bytes: 0,
    attempt: 1,
    retryIn: 60_000,
  })
  expect(text).toBe('')
  await until(() => text !== '')
  expect(text).toMatch(
    /^\r\u001b\[K\d+\.\d s, the API asks to wait \d+ s, 2 requests \(\d+\.\d\/s\), 1\.5 MB$/,
  )
  line.stop()
  expect(text.endsWith('\r\u001b[K')).toBe(true)
  const length = text.length
  line.stop()
  expect(text).toHaveLength(length)
})

test('it says how far the scans have come, what was sent and what was not', () => {
  const meter = new Meter()
  meter.reset()
  meter.activity({ kind: 'scans', count: 3 })
  for (const rows of [1000, 400]) meter.activity({ kind: 'page', spilled: 0, rows })
  meter.activity({ kind: 'scanned' })
  for (let i = 0; i < 20; i++)
    meter.request({ method: 'GET', url: 'https://x/', status: 200, ms: 1, bytes: 100_000, attempt: 1 })
  meter.request({ method: 'GET', url: 'https://x/', status: 200, ms: 0, bytes: 0, attempt: 1, cached: true })
  expect(statusText(meter, meter.started + 4000)).toBe(
    '4.0 s, table 2 of 3, 2 pages, 1,400 rows, 20 requests (5.0/s), 2.0 MB, 1 from the cache',
  )
})
