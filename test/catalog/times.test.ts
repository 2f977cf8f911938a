import { expect, test } from 'vitest'
import { instantText, parseTime } from '../../src/catalog/times.ts'

const two = (n: number): string => String(n).padStart(2, '0')

test('the days that exist are instants, in every form of a time', () => {
  for (const year of [1900, 2000, 2023, 2024])
    for (let month = 0; month <= 13; month++)
      for (let day = 0; day <= 32; day++) {
        const text = `${year}-${two(month)}-${two(day)}`
        const instant = parseTime(`${text}T08:00:00Z`) === undefined ? undefined : `${text}T08:00:00`
        for (const form of [
          'T08:00:00Z',
          'T08:00:00',
          ' 08:00',
          'T08:00:00.000Z',
          't08:00:00z',
          'T10:30:00+02:30',
        ])
          expect(instantText(text + form), text + form).toBe(instant)
      }
})

test('hours, minutes, seconds and fractions', () => {
  for (let n = 0; n < 100; n++) {
    const is = (text: string, limit: number): void => {
      const expected = n < limit ? text.replace(/Z$/, '') : undefined
      expect(instantText(text), text).toBe(expected)
    }
    is(`2026-10-01T${two(n)}:00:00Z`, 24)
    is(`2026-10-01T00:${two(n)}:00Z`, 60)
    is(`2026-10-01T00:00:${two(n)}Z`, 60)
    const [fraction, shortest] = [`.${two(n)}0`, `.${two(n)}`.replace(/\.?0+$/, '')]
    expect(instantText(`2026-10-01T00:00:00${fraction}Z`)).toBe(`2026-10-01T00:00:00${shortest}`)
  }
  for (const text of ['2026-10-01T00:00:00.Z', '2026-10-01T00:00:00Zx', '2026-10-01T00:00:00', '2026-10', ''])
    expect(instantText(text)).toBe(text === '2026-10-01T00:00:00' ? text : undefined)
})
