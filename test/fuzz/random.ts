/** A seeded random number generator (mulberry32): the same seed gives the same statements on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** An integer from `from` to `to`, both inclusive. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!
  }

  /** One of the values, with a probability in proportion to its weight. */
  weighted<T>(choices: readonly (readonly [number, T])[]): T {
    let at = this.next() * choices.reduce((sum, [w]) => sum + w, 0)
    for (const [weight, value] of choices) if ((at -= weight) < 0) return value
    return choices.at(-1)![1]
  }

  /** Up to `count` of the values, in random order. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list]
    const found: T[] = []
    while (found.length < count && rest.length > 0)
      found.push(...rest.splice(this.int(0, rest.length - 1), 1))
    return found
  }
}
