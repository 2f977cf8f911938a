import { expect, test } from 'vitest'
import { ANSWERS } from './answers.ts'
import { DIFFS } from './diffs.ts'
import { OUTPUTS } from './formats.ts'
import { PROVIDERS } from './providers.ts'
import { SCRIPTS } from './scripts.ts'
import { SPLICES } from './splices.ts'
import { SQL } from './sql.ts'
import { runSeed, type Target } from './target.ts'
import { Watchdog } from './watchdog.ts'

/*
 * FUZZ_SECONDS: duration of all targets together; without it, each target has its default number of inputs.
 * FUZZ_SEED: the first seed. FUZZ_TARGET: part of the names of the targets. FUZZ_FAILURES: failures per target before it stops.
 */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const MAX_FAILURES = Number(process.env.FUZZ_FAILURES ?? 1)
const COUNT = process.env.FUZZ_INPUTS === undefined ? undefined : Number(process.env.FUZZ_INPUTS)

const ALL: readonly Target[] = [
  ...SQL,
  ...ANSWERS,
  ...PROVIDERS,
  ...OUTPUTS,
  ...DIFFS,
  ...SCRIPTS,
  ...SPLICES,
]
const targets = ALL.filter(t => t.name.includes(process.env.FUZZ_TARGET ?? ''))
const watchdog = new Watchdog(targets.map(t => t.name))

test.each(targets.map((target, i) => [target.name, target, i] as const))(
  '%s: every input gives a result or a clear error',
  async (name, target, index) => {
    const run = await target.open()
    const failures: string[] = []
    const until = performance.now() + (SECONDS * 1000) / targets.length
    let count = 0
    const isOver = (): boolean =>
      SECONDS > 0 ? performance.now() > until : count >= (COUNT ?? target.defaultCount)
    for (let seed = SEED; !isOver() && failures.length < MAX_FAILURES; seed++, count++) {
      watchdog.watch(index, seed)
      const wrong = await runSeed(run, seed)
      if (wrong !== undefined)
        failures.push(`FUZZ_TARGET="${name}" FUZZ_SEED=${seed} FUZZ_INPUTS=1: ${wrong}`)
    }
    watchdog.rest()
    await run.close?.()
    if (SECONDS > 0) console.log(`${name}: ${count} inputs from seed ${SEED}`)
    expect(failures.join('\n\n')).toBe('')
  },
  3_600_000,
)
