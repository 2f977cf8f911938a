import { column, type Result } from '../render/support.ts'

/** Values that formats lose when they are careless: one row of each kind, all types. */
export const HARD: Result = {
  title: 'Hard: values [of] every/kind',
  note: 'First paragraph.\n\nSecond <paragraph>.',
  sql: 'SELECT *\nFROM "<t>" WHERE a = \'</code>\'',
  columns: [
    column('text', 'string'), column('n', 'integer'), column('x', 'number'), column('ok', 'boolean'),
    column('at', 'timestamp'), column('user', 'object'), column('any', 'any'), column('=name', 'any'),
  ],
  rows: [
    ['Zoë 日本 👩‍👩‍👧 𝒳', 9007199254740993n, 0.1, 1, '2025-10-09T16:07:53.218302Z', '{"id":9007199254740993,"e":[]}', '2026-01-31', 1],
    ['', -9223372036854775808n, -2.5e-9, 0n, '1969-12-31T23:59:59.999999Z', '[]', '2026-02-28', 9223372036854775807n],
    [null, null, null, null, null, null, null, null],
    ['=1+1', 0, 5, 1, '2025-10-09T16:07:53Z', '{"a":"<b>&\\u0000"}', '2026-03-31', -5],
    ["+49 30 1; -cmd|' /C calc'!A0", 123456789012345, 1e21, 0, '2025-10-09T18:07:53+02:00', 'null', '2024-02-29', 0],
    ['a\tb\nc\rd\0e\x1b[31m\u202e_x000A_ <script>alert(1)</script>', 42, -0.5, 1n, '9998-01-01T00:00:00Z', '"x"', '1900-01-01', 7],
  ],
}
