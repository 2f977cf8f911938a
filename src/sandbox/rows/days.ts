import type { Json } from '../types.ts'

const DAY = 86_400_000
const MARK = 'ms:'

/** The form in seed rows of a time that answers give as milliseconds since 1970. */
export function momentMark(ms: number): string {
  return `${MARK}${ms}`
}

/** Whole days between two texts that begin with `YYYY-MM-DD`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / DAY)
}

/** Whether a text is an existing day in the form `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

const TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?Z)?$/
const MOMENT = /^ms:(\d+)$/

/**
 * A text of a seed row, moved by `days` if it is a time: a day or a timestamp in the API's format, or a time marked by
 * `momentMark`, which becomes a number. Any other text is returned unchanged.
 */
export function movedText(text: string, days: number): Json {
  // a fast test: most texts are no times
  if (text[4] !== '-' && !text.startsWith(MARK)) return text
  const moment = MOMENT.exec(text)
  if (moment !== null) return Number(moment[1]) + days * DAY
  const time = days === 0 ? null : TIME.exec(text)
  if (time === null) return text
  const [, day = '', rest = ''] = time
  return `${new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)}${rest}`
}
