/** The most labels of a time axis. */
const MOST = 6
/** Blanks between two labels. */
const GAP = 2
/** An axis of fewer seconds has labels with seconds. */
const SHORT = 600
/** An axis of more seconds has labels with the day only. */
const LONG = 60 * 86_400
const MOMENT = /^(\d{4}-)(\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(.*)$/

/** A label of a time axis: the index of its point, and its text. */
export interface Tick {
  readonly at: number
  readonly text: string
}

/** The labels of a time axis that has room for `room` characters: the first and the last time, and points about evenly between, as many as fit. */
export function ticksOf(labels: readonly string[], times: readonly number[], room: number): Tick[] {
  const begin = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - begin
  const last = times.length - 1
  const tickAt = (at: number): Tick => ({ at, text: tickText(labels[at]!, at === 0, span) })
  const fits = (ticks: readonly Tick[]): boolean => {
    let end = -GAP
    return ticks.every(({ at, text }) => {
      const middle = ((times[at]! - begin) / (span || 1)) * room
      const from = at === 0 ? 0 : at === last ? room - text.length : middle - text.length / 2
      const isFree = from >= end + GAP
      end = from + text.length
      return isFree
    })
  }
  for (let count = MOST; count > 2; count -= 1) {
    const wanted = Array.from({ length: count }, (_, i) => nearest(times, begin + (span * i) / (count - 1)))
    const ticks = [...new Set([0, ...wanted.slice(1, -1), last])].map(tickAt)
    if (fits(ticks)) return ticks
  }
  return [tickAt(0), tickAt(last)]
}

function nearest(times: readonly number[], wanted: number): number {
  return times.reduce(
    (best, time, i) => (Math.abs(time - wanted) < Math.abs(times[best]! - wanted) ? i : best),
    0,
  )
}

/** A timestamp as short as an axis allows: without seconds, without the time of day on a long axis or if it is midnight, and, except in the first, without year and zone. */
function tickText(text: string, isFirst: boolean, span: number): string {
  const whole = text.replace(/T00:00:00(?:\.0+)?Z$/, '')
  const [, year = '', day, time, seconds = '', zone = ''] = MOMENT.exec(whole) ?? []
  if (day === undefined) return whole
  if (span > LONG) return year + day
  const shown = `${day} ${time}${span < SHORT ? seconds : ''}`
  return isFirst ? `${year}${shown}${zone === 'Z' ? '' : zone}` : shown
}
