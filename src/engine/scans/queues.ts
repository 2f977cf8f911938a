/** Items of one key that are begun and not done, for each request to a host that may be in flight: one is sent, one waits for its turn. */
const BEGUN = 2

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
  await Promise.all(
    [...queues.values()].flatMap(queue => {
      const shared = queue.values()
      return Array.from({ length: Math.min(queue.length, BEGUN * concurrency) }, () => work(shared))
    }),
  )
  return failures.get(Math.min(...failures.keys()))
}
