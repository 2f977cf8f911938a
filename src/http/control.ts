/** What a refusal (429) says of the load that a server takes. */
export interface Overload {
  /** Milliseconds that nothing is to be sent for. */
  readonly wait: number
  /** Requests that the server says are left (X-RateLimit-Remaining): above 0 too many were under way at once, at 0 too many came in a time. */
  readonly remaining?: number | undefined
}

/**
 * Decides how many requests may be under way to a host and how fast they may follow each other, from what the server
 * accepts and refuses. Pure: times are told, in milliseconds of one clock.
 *
 * At once: four at first, one more for each that is accepted; at a refusal half of it, then one more a round up to one
 * less than were under way when the server refused. That is tried again after 10 s, 20 s, 40 s …
 *
 * In a time: as many as are answered until a refusal; then a little less than the server can be taken to allow, and
 * slowly more again. A refusal of what was sent before the last refusal says nothing new.
 */
export interface Control {
  /** Milliseconds until one more may be sent while `running` are under way; Infinity: not before one of them is answered. */
  wait(now: number, running: number): number
  /** One was sent; `running` are under way with it. */
  sent(now: number, running: number): void
  /** One that was sent at `sent` was answered, and not refused for load. */
  accepted(now: number, sent: number): void
  refused(now: number, sent: number, overload: Overload): void
  /** How many at once, and how many a second (Infinity: no bounds known). */
  state(): { readonly window: number; readonly rate: number }
}

/** A control for at most `limit` requests at once. */
export function createControl(limit: number): Control {
  const width = createWidth(limit)
  const pace = createPace()
  let pausedUntil = 0
  let refusedAt = -Infinity
  return {
    wait(now, running) {
      if (pausedUntil > now) return pausedUntil - now
      return running >= width.now() ? Infinity : pace.wait(now)
    },
    sent(now, running) {
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
      }
      pausedUntil = until
    },
    state: () => ({ window: width.now(), rate: pace.now() }),
  }
}

const FIRST_WIDTH = 4
/** Until a width that was refused is tried again: at first, and at most. */
const FIRST_PROBE = 10_000
const LAST_PROBE = 300_000

/** Requests that were sent as the last of so many under way, without a refusal, by which that is proven. */
const PROVING = 20

interface Width {
  now(): number
  sent(running: number): void
  accepted(now: number): void
  /** Whether so many were not sent at once for long: a refusal may be for that. */
  isNew(): boolean
  /** `isRate`: it is known that not the width was refused. */
  refused(now: number, isRate: boolean): void
}

/** How many requests may be under way at once. */
function createWidth(limit: number): Width {
  let width = Math.min(limit, FIRST_WIDTH)
  let isStarting = true
  let ceiling = limit
  let probe = FIRST_PROBE
  let probeAt = Infinity
  let most = 0
  /** The greatest that was held for long without a refusal. */
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
      if (!isRate && most > proven) {
        ceiling = Math.max(1, Math.min(ceiling, most - 1))
        probeAt = now + probe
        probe = Math.min(LAST_PROBE, probe * 2)
      }
      // what has changed since is found out step by step
      if (!isRate && most <= proven) proven--
      most = 0
      sends = []
    },
  }
}

/** Milliseconds of sending that tell a rate from a width that was refused. */
const LONG = 500
/** Fewer accepted requests tell nothing of a rate. */
const FEWEST = 4
/** What is asked for of the rate that was found: after a short run, and after a long one or two. */
const PART = { unsure: 0.5, sure: 0.95 } as const
/** How much more a second without a refusal makes, after a short run, a long one, and one that agrees with the one before; it doubles every `CALM` ms. */
const MORE = { short: 0.4, long: 0.05, agreed: 0.005 } as const
/** Rates that differ by less than this part agree. */
const AGREES = 0.15
const CALM = 20_000
/** What may be sent at once to make up for a timer that came late, in milliseconds of the rate. */
const LATE = 100
/** What is left of a rate that was accepted once, with every refusal. */
const FADING = 0.9
/** Above this many a second there is no point in bounds. */
const FASTEST = 100_000

interface Pace {
  now(): number
  /** Milliseconds until one more may be sent. */
  wait(now: number): number
  sent(now: number): void
  accepted(sent: number): void
  /** A pause begins. False: it cannot be told that it was for the rate, or is likely (`isWidth`) that it was not. */
  refused(now: number, isWidth: boolean): boolean
}

/** What was accepted between a pause and the refusal after it. */
interface Run {
  readonly count: number
  readonly ms: number
}

/**
 * How many requests a second. A server that allows R a second, and B at once after a pause, accepts B + R·s in s seconds
 * after a pause; so two runs of different length tell R. What it accepted in a time with pauses is R at most.
 */
function createPace(): Pace {
  let rate = Infinity
  let certainty: keyof typeof MORE = 'short'
  let told = 0
  /** What a server once accepted in a time with pauses, and less with every refusal after that. */
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
    const more = MORE[certainty] * 2 ** Math.min(8, Math.max(0, now - grownFrom) / CALM)
    rate *= 1 + (more * Math.max(0, now - grownAt)) / 1000
    grownAt = now
    if (rate > FASTEST) rate = Infinity
  }

  /** Learns from the run that ended with a refusal, when its last answers are in: as the next begins. */
  const learn = (now: number): void => {
    if (ended === undefined) return
    const run: Run = { count, ms: Math.max(1, ended.at - ended.began) }
    // a rate that held for long is not refused soon after a pause: it was the width
    if (!ended.isWidth && count >= FEWEST && !(certainty === 'agreed' && run.ms < 2 * LONG)) {
      const least = ended.before === undefined ? 0 : (count / (ended.at - ended.before)) * 1000
      const guess = found(run, last, least)
      floor = Math.max(least, floor * FADING)
      rate = Math.max(floor, guess.rate)
      certainty =
        guess.isLong || rate === floor ? (Math.abs(rate - told) < AGREES * told ? 'agreed' : 'long') : 'short'
      told = rate
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

/** The rate that two runs tell, a second, where `least` is known to be accepted; and whether the run was long enough to tell it well. */
function found(
  run: Run,
  last: Run | undefined,
  least: number,
): { readonly rate: number; readonly isLong: boolean } {
  const seen = (run.count / run.ms) * 1000
  const [ms, more] = last === undefined ? [0, 0] : [run.ms - last.ms, run.count - last.count]
  const isTold = Math.abs(ms) > 0.2 * run.ms && ms * more >= 0 && Math.abs(more) >= FEWEST
  if (isTold)
    return { rate: Math.min(seen, Math.max(least, (more / ms) * 1000)) * PART.sure, isLong: run.ms > LONG }
  const part = PART.unsure + (PART.sure - PART.unsure) * Math.min(1, run.ms / (4 * LONG))
  return { rate: Math.max(Math.sqrt(least * seen), seen * part), isLong: run.ms > 4 * LONG }
}
