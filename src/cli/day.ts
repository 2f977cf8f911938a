/** Whether a text is a day, `2026-12-31`. */
export function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && text.length === 10
}

/** Today in UTC, `2026-12-31`. */
export const today = (): string => new Date().toISOString().slice(0, 10)
