import { expect, it } from 'vitest'
import { now } from '../../src/clock.ts'
import { Meter } from '../../src/cli/meter.ts'

/** Lets the clock advance. */
function tick(): void {
  const end = now() + 1
  while (now() < end);
}

it('the time of a statement stands still while a reader or an answer is waited for', () => {
  const meter = new Meter()
  meter.reset()
  tick()
  const resume = meter.pause()
  const { ms, started } = meter
  const inner = meter.pause()
  tick()
  inner()
  tick()
  expect(ms).toBeGreaterThanOrEqual(1)
  expect(meter.ms).toBe(ms)
  resume()
  expect(meter.started).toBeGreaterThanOrEqual(started + 2)
  tick()
  expect(meter.ms).toBeGreaterThan(ms)
})
