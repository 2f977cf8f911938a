import { ConfluentqlError } from '../../errors.ts'
import { isDay } from './days.ts'
import { addSeconds } from './template.ts'

/** The clock of a sandbox. */
export interface Clock {
  /** The day on which the sandbox starts, `YYYY-MM-DD`, in UTC. */
  readonly day: string
  /** The time in the API's format, with six decimals. Each change gets a later time than those before. */
  now(isChange: boolean): string
}

/** A clock that starts at midnight of a day and advances by one second with each change, so that answers are reproducible. */
export function steppingClock(day: string): Clock {
  let changes = 0
  return {
    day,
    now: isChange => {
      if (isChange) changes++
      return addSeconds(`${day}T00:00:00.000000Z`, changes)
    },
  }
}

/** The clock of the machine. It never goes back. */
export function systemClock(): Clock {
  let last = 0
  const read = (isChange: boolean): number => {
    last = Math.max(Date.now() * 1000, isChange ? last + 1 : last)
    return last
  }
  return { day: written(read(false)).slice(0, 10), now: isChange => written(read(isChange)) }
}

function written(microseconds: number): string {
  const [seconds = ''] = new Date(microseconds / 1000).toISOString().split('.')
  return `${seconds}.${String(microseconds % 1_000_000).padStart(6, '0')}Z`
}

/**
 * Reads a day, `YYYY-MM-DD`.
 * @param name  name of the setting, for the message
 * @throws ConfluentqlError USAGE for anything that is not an existing day
 */
export function readDay(text: string, name: string): string {
  if (isDay(text)) return text
  throw new ConfluentqlError('USAGE', `${name} is not a day: ${text}`, {
    hint: `set ${name} to a day such as 2026-11-01, or unset it for today`,
  })
}
