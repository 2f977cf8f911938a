import { operandStart, textBetween, type Nearby } from './nearby.ts'

/** Types of other databases after `::`, and how SQLite converts a value `{x}` to them. */
const CONVERSIONS: readonly (readonly [types: string, write: string])[] = [
  ['int integer int2 int4 int8 bigint smallint tinyint hugeint long', 'CAST({x} AS INTEGER)'],
  ['float float4 float8 double real numeric decimal number money', 'CAST({x} AS REAL)'],
  ['text varchar char character string bpchar name uuid', 'CAST({x} AS TEXT)'],
  ['date', 'date({x})'],
  ['time', 'time({x})'],
  ['timestamp timestamptz datetime timestamp_s timestamp_ms', "strftime('%Y-%m-%dT%H:%M:%SZ', {x})"],
  ['json jsonb variant', 'json({x})'],
  ['bool boolean', '{x}'],
]

/** Texts that begin with a character that SQL does not have, and what to write. `{x}` is the operand before it. */
const FORMS: readonly (readonly [form: RegExp, write: string])[] = [
  [/:(['"])(\w+)\1/y, 'write :{2}: its value needs no quotes, and is never the name of a table or column'],
  [/\$\{(\w+)\}/y, 'write :{1}, and give its value with -v {1}=… or .set {1} …'],
  [/\{\{/y, 'write :name, and give its value with -v name=… or .set name …'],
  [/!~~\*?/y, 'write {x} NOT LIKE, which ignores case'],
  [/!~\*/y, "write {x} NOT REGEXP '(?i)…'"],
  [/!~\s*('[^']*'|[\w.]+)/y, 'write {x} NOT REGEXP {1}'],
  [/!~/y, 'write {x} NOT REGEXP'],
  [/!(?=\s*\()/y, 'write NOT'],
  [/!/y, 'write NOT, <> for not equal'],
  [/\^/y, 'write pow(a, b)'],
  [/#/y, 'a comment begins with --'],
  [/[{}]/y, "write json_object('name', value) for an object"],
  [/\\/y, 'a command such as \\d is a line of its own; in a text a backslash is a character like any other'],
  [/:=/y, 'write ='],
]

/** How SQLite's SQL says what begins at a character that no token begins with; undefined if nothing is known. @param before the tokens before it */
export function hintForCharacter(text: string, start: number, before: readonly Nearby[]): string | undefined {
  const x = textBetween(text, before, operandStart(before, before.length), before.length) || 'value'
  const type = /::\s*([A-Za-z_]\w*)(?:\s*\(\s*(\d+)\s*\))?/y
  type.lastIndex = start
  const [, to, length] = type.exec(text) ?? []
  if (text.startsWith('::', start)) {
    const write = conversionTo(to?.toLowerCase()) ?? 'CAST({x} AS TEXT)'
    const isCut = length !== undefined && write.endsWith('AS TEXT)')
    return `write ${(isCut ? `substr(${write}, 1, ${length})` : write).replaceAll('{x}', () => x)}`
  }
  for (const [form, write] of FORMS) {
    form.lastIndex = start
    const found = form.exec(text)
    if (found)
      return write
        .replaceAll('{x}', () => x)
        .replace(/\{([12])\}/g, (_, group: string) => found[+group] ?? '')
  }
  return undefined
}

/** How SQLite converts a value `{x}` to a type of another database; undefined for a type that is not known. */
export function conversionTo(type: string | undefined): string | undefined {
  return CONVERSIONS.find(([types]) => type !== undefined && types.split(' ').includes(type))?.[1]
}
