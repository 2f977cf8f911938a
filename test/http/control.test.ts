import { describe, expect, it } from 'vitest'
import { createControl } from '../../src/http/limits/control.ts'

interface Limits {
  /** Requests a second, as many at once after a pause, and under way at once. */
  readonly rate: number
  readonly burst: number
  readonly width: number
  /** Milliseconds that an accepted request takes. */
  readonly latency: number
  /** Milliseconds that a refusal asks to wait. */
  readonly asked: number
  /** Says how many are left. */
  readonly left?: boolean
}

interface Outcome {
  readonly ms: number
  readonly accepted: number
  readonly refused: number
  /** Requests that were sent in the wait that a refusal had asked for. */
  readonly early: number
  readonly most: number
}

/** Time as a list of what happens when. */
class Clock {
  now = 0
  readonly #events: { readonly at: number; readonly act: () => void }[] = []

  at(at: number, act: () => void): void {
    this.#events.push({ at, act })
  }

  next(): boolean {
    const first = this.#events.reduce(
      (found, event, i) => (event.at < this.#events[found]!.at ? i : found),
      0,
    )
    const [event] = this.#events.splice(first, 1)
    if (event === undefined) return false
    this.now = Math.max(this.now, event.at)
    event.act()
    return true
  }
}

/** Sends `calls` requests under a control to a server with a token bucket and a limit of width, in simulated time. */
function simulate(calls: number, limit: number, limits: Limits): Outcome {
  const clock = new Clock()
  const control = createControl(limit)
  const found = { accepted: 0, refused: 0, early: 0, most: 0 }
  let [tokens, filled, serving, running, left, pausedUntil] = [limits.burst, 0, 0, 0, calls, 0]
  let timer = Infinity
  const serve = (): boolean => {
    tokens = Math.min(limits.burst, tokens + ((clock.now - filled) * limits.rate) / 1000)
    filled = clock.now
    if (serving >= limits.width || tokens < 1) return false
    tokens--
    serving++
    return true
  }
  const answered = (sent: number, isAccepted: boolean, remaining: number): void => {
    running--
    if (isAccepted) {
      found.accepted++
      control.accepted(clock.now, sent)
    } else {
      found.refused++
      left++
      pausedUntil = Math.max(pausedUntil, clock.now + limits.asked)
      control.refused(clock.now, sent, { wait: limits.asked, ...(limits.left && { remaining }) })
    }
    drain()
  }
  const send = (): void => {
    const sent = clock.now
    left--
    control.sent(sent, ++running)
    found.most = Math.max(found.most, running)
    if (sent < pausedUntil) found.early++
    clock.at(sent + 1, () => {
      const isAccepted = serve()
      const remaining = serving >= limits.width && tokens >= 1 ? Math.floor(tokens) : 0
      clock.at(clock.now + (isAccepted ? limits.latency : 0), () => {
        if (isAccepted) serving--
        clock.at(clock.now + 1, () => answered(sent, isAccepted, remaining))
      })
    })
  }
  const drain = (): void => {
    let wait = left > 0 ? control.wait(clock.now, running) : Infinity
    for (; wait === 0; wait = left > 0 ? control.wait(clock.now, running) : Infinity) send()
    const at = clock.now + Math.ceil(wait)
    if (at < timer)
      clock.at((timer = at), () => {
        if (timer === at) {
          timer = Infinity
          drain()
        }
      })
  }
  drain()
  while (found.accepted < calls && clock.now < 3_600_000 && clock.next());
  return { ...found, ms: clock.now }
}

const NONE = 1_000_000

describe('a control', () => {
  it('sends up to the limit at once when nothing is refused', () => {
    const open = simulate(2000, 4, { rate: NONE, burst: NONE, width: 100, latency: 10, asked: 1000 })
    expect(open).toMatchObject({ accepted: 2000, refused: 0, most: 4, ms: (2000 / 4) * 12 })
    expect(simulate(2000, 32, { rate: NONE, burst: NONE, width: 100, latency: 10, asked: 1000 }).most).toBe(
      32,
    )
    expect(simulate(20, 1, { rate: NONE, burst: NONE, width: 100, latency: 10, asked: 1000 })).toMatchObject({
      most: 1,
      ms: 240,
    })
  })

  it('sends eight at once at first, and twice as many in each further round', () => {
    const open = { rate: NONE, burst: NONE, width: 100, latency: 50, asked: 1000 }
    expect(simulate(8, 32, open).ms).toBe(52)
    // 8, 16, 32, 32 and 12
    expect(simulate(100, 32, open).ms).toBe(5 * 52)
  })

  it.each<[string, number, Limits]>([
    ['a rate', 4, { rate: 100, burst: 100, width: 100, latency: 10, asked: 1000 }],
    ['a rate, and says so', 4, { rate: 100, burst: 100, width: 100, latency: 10, asked: 1000, left: true }],
    ['a rate, with slow answers', 16, { rate: 100, burst: 100, width: 100, latency: 100, asked: 1000 }],
    ['a rate and a width', 16, { rate: 100, burst: 100, width: 6, latency: 10, asked: 1000 }],
    [
      'a rate and a width, and says which',
      16,
      { rate: 100, burst: 100, width: 6, latency: 10, asked: 1000, left: true },
    ],
    ['a rate and a width just below ours', 4, { rate: 100, burst: 100, width: 3, latency: 10, asked: 1000 }],
    ['a low rate with a small burst', 4, { rate: 20, burst: 5, width: 4, latency: 10, asked: 1000 }],
    [
      'a low rate with a small burst, for many at once',
      16,
      { rate: 20, burst: 5, width: 100, latency: 50, asked: 1000, left: true },
    ],
    ['a rate, for 32 at once', 32, { rate: 100, burst: 100, width: 100, latency: 100, asked: 1000 }],
    ['a rate and a width, for 32 at once', 32, { rate: 100, burst: 100, width: 6, latency: 10, asked: 1000 }],
    [
      'a low rate with a small burst, for 32 at once',
      32,
      { rate: 20, burst: 5, width: 4, latency: 10, asked: 1000 },
    ],
  ])('uses nearly all of what a server allows that limits %s', (_, limit, limits) => {
    const { ms, accepted, refused, early, most } = simulate(2000, limit, limits)
    const ideal = ((2000 - limits.burst) / limits.rate) * 1000
    expect(accepted).toBe(2000)
    expect(early).toBe(0)
    expect(most).toBeLessThanOrEqual(limit)
    expect(ms / ideal).toBeLessThan(1.15)
    expect(refused).toBeLessThan(30)
  })

  it.each([16, 32])('finds the width of a server by the requests of the first refusal, up to %i', limit => {
    const limits = { rate: 100, burst: 100, width: 6, latency: 20, asked: 1000 }
    const { ms } = simulate(2000, limit, limits)
    // each refusal costs a second, in which nothing is sent
    expect(ms / 19_000).toBeLessThan(1.1)
  })

  it('halves the window at a refusal, once for all requests sent before it, and then grows it by one a round', () => {
    const control = createControl(4)
    for (let n = 1; n <= 4; n++) control.sent(0, n)
    expect(control.wait(0, 4)).toBe(Infinity)
    control.refused(10, 0, { wait: 700 })
    expect(control.state().window).toBe(2)
    expect(control.wait(100, 0)).toBe(610)
    expect(control.wait(711, 1)).toBe(0)
    for (let n = 0; n < 2; n++) control.accepted(800, 711)
    expect(control.state().window).toBe(3 - 1)
    control.accepted(800, 711)
    expect(control.state().window).toBe(3)
    for (let n = 0; n < 100; n++) control.accepted(900, 711)
    expect(control.state().window).toBe(3)
  })

  it('waits as long as the longest refusal asks, and then keeps to as many as were not refused', () => {
    const control = createControl(4)
    for (let n = 1; n <= 4; n++) control.sent(0, n)
    control.refused(10, 0, { wait: 500 })
    control.refused(11, 0, { wait: 700 })
    expect(control.wait(100, 0)).toBe(611)
    for (let n = 0; n < 100; n++) control.accepted(900, 711)
    expect(control.state().window).toBe(2)
  })

  it('tries the refused window again after ten seconds', () => {
    const control = createControl(4)
    for (let n = 1; n <= 4; n++) control.sent(0, n)
    control.refused(10, 0, { wait: 0 })
    for (let t = 20; t < 20_000; t += 100) {
      control.sent(t, control.state().window)
      control.accepted(t + 50, t)
    }
    expect(control.state().window).toBe(4)
  })

  it('sends no more than the quota of a host in any time of its length, without a refusal', () => {
    const control = createControl(4, { requests: 3, seconds: 60 })
    for (const at of [0, 100, 200]) {
      expect(control.wait(at, 0)).toBe(0)
      control.sent(at, 1)
      control.accepted(at + 50, at)
    }
    expect(control.wait(300, 0)).toBe(59_700)
    expect(control.wait(60_000, 0)).toBe(0)
    control.sent(60_000, 1)
    expect(control.wait(60_000, 0)).toBe(100)
  })
})
