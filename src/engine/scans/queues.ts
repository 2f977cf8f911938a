import { nextTurn } from '../../http/signal.ts'

/** Items of one key that are begun and not done, for each request to a host that may be in flight: one is sent, one waits for its turn. */
const BEGUN = 2

/** So many are begun before their requests are sent: what thousands have to do first takes longer than an answer. */
const AT_ONCE = 8

/**
 * Runs `run` for all items, those of each key in order, up to twice `concurrency` at a time: a host always has a request to
 * send next, and of thousands of calls only these hold memory and listen to the signal. After a failure no further item
 * is begun. Returns the failure of the first item that has failed.
 */
export async function inQueues<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  concurrency: number,
  run: (item: T, index: number) => Promise<void>,
): Promise<PromiseRejectedResult | undefined> {
  const queues = new Map<string, number[]>()
  for (const [i, item] of items.entries()) {
    const key = keyOf(item)
    const queue = queues.get(key) ?? []
    queues.set(key, queue)
    queue.push(i)
  }
  const failures = new Map<number, PromiseRejectedResult>()
  const work = async (queue: Iterator<number>): Promise<void> => {
    for (let next = queue.next(); !next.done && failures.size === 0; next = queue.next()) {
      const i = next.value
      try {
        await run(items[i]!, i)
      } catch (reason) {
        failures.set(i, { status: 'rejected', reason })
      }
    }
  }
  const working: Promise<void>[] = []
  for (const queue of queues.values()) {
    const shared = queue.values()
    for (let n = Math.min(queue.length, BEGUN * concurrency); n > 0; n--) {
      working.push(work(shared))
      if (working.length % AT_ONCE === 0) await nextTurn()
    }
  }
  await Promise.all(working)
  return failures.get(Math.min(...failures.keys()))
}
