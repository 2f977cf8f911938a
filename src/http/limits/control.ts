import type { Host } from '../../catalog/types.ts'

/** What a refusal (429) tells about the server's limits. */
export interface Overload {
  /** Milliseconds during which no request must be sent. */
  readonly wait: number
  /** Requests left according to the server (X-RateLimit-Remaining): above 0, too many were in flight at once; at 0, the rate was too high. */
  readonly remaining?: number | undefined
}

/**
 * Decides how many requests may be in flight to a host, and at which rate, from what the server accepts and refuses.
 * Pure: times are arguments, in milliseconds of one clock.
 *
 * Concurrency (the window): eight at first, one more for each accepted request; halved at a refusal, then one more a round
 * up to as many as were in flight when the server refused, less those that it refused. That ceiling is raised again after
 * 10 s, 20 s, 40 s …
 *
 * Rate: unbounded until a refusal; then a little below the estimated limit of the server, and slowly rising again. A
 * refusal of a request that was sent before the last refusal says nothing new about the rate.
 */
export interface Control {
  /** Milliseconds until one more may be sent while `running` are in flight; Infinity: not before one of them is answered. */
  wait(now: number, running: number): number
  /** One was sent; `running` are in flight including it. */
  sent(now: number, running: number): void
  /** One sent at `sent` was answered, and not refused for load. */
  accepted(now: number, sent: number): void
  refused(now: number, sent: number, overload: Overload): void
  /** Requests in flight, and requests a second (Infinity: no limit known). */
  state(): { readonly window: number; readonly rate: number }
}

/** A control for at most `limit` requests in flight, and at most `quota` in any time of that length. */
export function createControl(limit: number, quota?: Host['quota']): Control {
  const width = createWidth(limit)
  const latest: number[] = []
  const pace = createPace()
  let pausedUntil = 0
  let refusedAt = -Infinity
  return {
    wait(now, running) {
      if (pausedUntil > now) return pausedUntil - now
      if (running >= width.now()) return Infinity
      const first = quota && latest.length === quota.requests ? latest[0]! + quota.seconds * 1000 : now
      return Math.max(first - now, pace.wait(now))
    },
    sent(now, running) {
      if (quota) latest.push(now)
      if (quota && latest.length > quota.requests) latest.shift()
      width.sent(running)
      pace.sent(now)
    },
    accepted(now, sent) {
      width.accepted(now)
      pace.accepted(sent)
    },
    refused(now, sent, { wait, remaining }) {
      const until = Math.max(pausedUntil, now + wait)
      if (sent > refusedAt && sent >= pausedUntil) {
        const isRate = pace.refused(now, remaining === undefined ? width.isNew() : remaining > 0)
        if (remaining !== 0 || !isRate) width.refused(now, isRate)
        refusedAt = now
      } else if (sent <= refusedAt) width.refusedToo()
      pausedUntil = until
    },
    state: () => ({ window: width.now(), rate: pace.now() }),
  }
}

export const FIRST_WIDTH = 8
/** Milliseconds until a refused width is tried again: at first, and at most. */
const FIRST_PROBE = 10_000
const LAST_PROBE = 300_000

/** A width is proven when this many requests were sent at it without a refusal. */
const PROVING = 20

interface Width {
  now(): number
  sent(running: number): void
  accepted(now: number): void
  /** Whether the width was reached only recently, so that a refusal may be due to it. */
  isNew(): boolean
  /** `isRate`: the refusal is known to be due to the rate, not the width. */
  refused(now: number, isRate: boolean): void
  /** One more of the requests that were in flight at the last refusal was refused. */
  refusedToo(): void
}

/** How many requests may be in flight. */
function createWidth(limit: number): Width {
  let width = Math.min(limit, FIRST_WIDTH)
  let isStarting = true
  let ceiling = limit
  let probe = FIRST_PROBE
  let probeAt = Infinity
  let most = 0
  /** Further refusals of requests in flight do not lower the ceiling below this, since they may be due to the rate. */
  let least = Infinity
  /** The greatest width that was used for long without a refusal. */
  let proven = 0
  let sends: number[] = []
  return {
    now: () => Math.floor(width),
    sent(running) {
      most = Math.max(most, running)
      sends[running] = (sends[running] ?? 0) + 1
    },
    accepted(now) {
      if (now >= probeAt && ceiling < limit && most >= ceiling) {
        ceiling++
        probeAt = now + probe
      }
      width = Math.min(ceiling, width + (isStarting ? 1 : 1 / width))
    },
    isNew: () => most > Math.max(1, proven) && (sends[most] ?? 0) < PROVING,
    refused(now, isRate) {
      width = Math.max(1, Math.floor(Math.min(width, most) / 2))
      isStarting = false
      proven = Math.max(
        proven,
        sends.findLastIndex(times => times >= PROVING),
      )
      least = Infinity
      if (!isRate && most > proven) {
        ceiling = Math.max(1, Math.min(ceiling, most - 1))
        least = Math.ceil(most / 2)
        probeAt = now + probe
        probe = Math.min(LAST_PROBE, probe * 2)
      }
      // the server's limit has changed: it is found again step by step
      if (!isRate && most <= proven) proven--
      most = 0
      sends = []
    },
    refusedToo() {
      if (ceiling > least) ceiling--
    },
  }
}

/** After sending for longer than this, in milliseconds, a refusal is due to the rate rather than the width. */
const LONG = 500
/** Fewer accepted requests are not enough to estimate a rate. */
const FEWEST = 4
/** The part of the estimated rate that is used: after a short run, and after a long one or two. */
const PART = { unsure: 0.5, sure: 0.95 } as const
/** Growth of the rate for a second without a refusal: after a short run, a long one, and one that agrees with the one before; it doubles every `CALM` ms. */
const GROWTH = { short: 0.4, long: 0.05, agreed: 0.005 } as const
/** Rates that differ by less than this part agree. */
const AGREES = 0.15
const CALM = 20_000
/** How much may be sent at once to make up for a late timer, in milliseconds of the rate. */
const LATE = 100
/** The factor by which a refusal lowers the floor, a rate that was accepted before. */
const FADING = 0.9
/** Above this rate a second there is no bound. */
const FASTEST = 100_000

interface Pace {
  now(): number
  /** Milliseconds until one more may be sent. */
  wait(now: number): number
  sent(now: number): void
  accepted(sent: number): void
  /** A pause begins. Returns whether the refusal was due to the rate: false if that is unclear, or unlikely (`isWidth`). */
  refused(now: number, isWidth: boolean): boolean
}

/** The requests accepted between a pause and the next refusal. */
interface Run {
  readonly count: number
  readonly ms: number
}

/**
 * How many requests a second. A server that allows R a second, and B at once after a pause, accepts B + R·s in s seconds
 * after a pause; so two runs of different length give R. The rate over a time that includes pauses is at most R.
 */
function createPace(): Pace {
  let rate = Infinity
  let certainty: keyof typeof GROWTH = 'short'
  let lastEstimate = 0
  /** A rate that the server has accepted over a time that includes pauses; lowered by each refusal. */
  let floor = 0
  let grownFrom = 0
  let grownAt = 0
  let next = 0
  let count = 0
  /** When the run began: the first request after a pause. */
  let began: number | undefined
  /** When the pause before the run began. */
  let before: number | undefined
  let ended:
    | {
        readonly began: number
        readonly at: number
        readonly before: number | undefined
        readonly isWidth: boolean
      }
    | undefined
  let last: Run | undefined

  const grow = (now: number): void => {
    const growth = GROWTH[certainty] * 2 ** Math.min(8, Math.max(0, now - grownFrom) / CALM)
    rate *= 1 + (growth * Math.max(0, now - grownAt)) / 1000
    grownAt = now
    if (rate > FASTEST) rate = Infinity
  }

  /** Updates the rate from the run that ended with a refusal. Called when the next begins, as its last answers are in by then. */
  const learn = (now: number): void => {
    if (ended === undefined) return
    const run: Run = { count, ms: Math.max(1, ended.at - ended.began) }
    // a rate that was accepted for long is not refused soon after a pause: the width was
    if (!ended.isWidth && count >= FEWEST && !(certainty === 'agreed' && run.ms < 2 * LONG)) {
      const least = ended.before === undefined ? 0 : (count / (ended.at - ended.before)) * 1000
      const guess = estimate(run, last, least)
      floor = Math.max(least, floor * FADING)
      rate = Math.max(floor, guess.rate)
      certainty =
        guess.isLong || rate === floor
          ? Math.abs(rate - lastEstimate) < AGREES * lastEstimate
            ? 'agreed'
            : 'long'
          : 'short'
      lastEstimate = rate
      last = run
    }
    count = 0
    ended = undefined
    grownFrom = grownAt = next = now
  }

  return {
    now: () => rate,
    wait: now => (rate === Infinity ? 0 : Math.max(0, next - now)),
    sent(now) {
      if (began === undefined) learn(now)
      began ??= now
      if (rate === Infinity) return
      grow(now)
      next = Math.max(next, now - LATE) + 1000 / rate
    },
    accepted(sent) {
      if (sent >= (began ?? ended?.began ?? Infinity)) count++
    },
    refused(now, isWidth) {
      const at = began ?? now
      ended = { began: at, at: now, before, isWidth }
      before = now
      began = undefined
      return !isWidth && count >= FEWEST && now - at > LONG
    },
  }
}

/** The rate a second that two runs suggest, where `least` is known to be accepted; `isLong`: the run was long enough for a good estimate. */
function estimate(
  run: Run,
  last: Run | undefined,
  least: number,
): { readonly rate: number; readonly isLong: boolean } {
  const seen = (run.count / run.ms) * 1000
  const [ms, more] = last === undefined ? [0, 0] : [run.ms - last.ms, run.count - last.count]
  const isConclusive = Math.abs(ms) > 0.2 * run.ms && ms * more >= 0 && Math.abs(more) >= FEWEST
  if (isConclusive)
    return { rate: Math.min(seen, Math.max(least, (more / ms) * 1000)) * PART.sure, isLong: run.ms > LONG }
  const part = PART.unsure + (PART.sure - PART.unsure) * Math.min(1, run.ms / (4 * LONG))
  return { rate: Math.max(Math.sqrt(least * seen), seen * part), isLong: run.ms > 4 * LONG }
}
