import { member, textOf } from './tree.ts'

/** The effect of a template on an answer. The schema and `objectKey` of the method describe the result. */
export type Transform =
  /** The answer as the only member, `name`. */
  | { readonly kind: 'wrapped'; readonly name: string }
  /** One row with one column, which has the value at `at` of the answer. */
  | { readonly kind: 'cell'; readonly name: string; readonly at: string }
  /** A row for each element of the array at `at`, with one column. */
  | { readonly kind: 'cells'; readonly name: string; readonly at: string }
  /** Rows at `list` of the answer, or the answer as a row, with the members of their member `from` beside their own. */
  | { readonly kind: 'hoisted'; readonly list?: string; readonly from: string }

const NAME = String.raw`"([^"{}\\]+)"`
/** The members of `from`, then those of the row. */
const HOISTED = String.raw`\{ \{\{ \$p := index \$row ${NAME} \}\}\{\{ if eq \(kindOf \$p\) "map" \}\}\{\{ range \$k, \$v := \$p \}\}\{\{ printf "%q" \$k \}\}: \{\{ toJson \$v \}\}, \{\{ end \}\}\{\{ end \}\}\{\{ range \$k, \$v := \$row \}\}\{\{ printf "%q" \$k \}\}: \{\{ toJson \$v \}\}, \{\{ end \}\}"\w+": true \}`
const COMMA = String.raw`\{\{ if \$i \}\},\{\{ end \}\}`
const CURSOR = String.raw`(?:, ?"[^"]+": \{\{ toJson \(index \. "[^"]+"\) \}\})? ?`

const FORMS: readonly {
  readonly form: RegExp
  readonly read: (m: readonly string[]) => Transform | undefined
}[] = [
  {
    form: whole(
      String.raw`\{ ?${NAME}: \[ ?\{\{ range \$i, \$row := index \. ${NAME} \}\}${COMMA} ?${HOISTED} ?\{\{ end \}\} ?\]${CURSOR}\}`,
    ),
    read: ([, name, list, from]) =>
      name === list ? { kind: 'hoisted', list: list!, from: from! } : undefined,
  },
  {
    form: whole(String.raw`\{\{ \$row := \. \}\} ?${HOISTED}`),
    read: ([, from]) => ({ kind: 'hoisted', from: from! }),
  },
  {
    form: whole(String.raw`\{\{ \$wrapped := printf "\{\\"([^"\\]+)\\":%s\}" \. \}\} ?\{\{ \$wrapped \}\}`),
    read: ([, name]) => ({ kind: 'wrapped', name: name! }),
  },
  {
    form: whole(String.raw`\{ ?${NAME}: \{\{ toJson \. \}\} ?\}`),
    read: ([, name]) => ({ kind: 'wrapped', name: name! }),
  },
  {
    form: whole(String.raw`\[ ?\{ ?${NAME}: \{\{ toJson (\.\w*) \}\} ?\} ?\]`),
    read: ([, name, at]) => ({ kind: 'cell', name: name!, at: at === '.' ? '$' : `$${at}` }),
  },
  {
    form: whole(
      String.raw`\[ ?\{\{ range \$i, \$v := (\.\w*) \}\}${COMMA} ?\{ ?${NAME}: \{\{ toJson \$v \}\} ?\} ?\{\{ end \}\} ?\]`,
    ),
    read: ([, at, name]) => ({ kind: 'cells', name: name!, at: at === '.' ? '$' : `$${at}` }),
  },
  {
    form: whole(
      String.raw`\{ ?"[^"]+": \[ ?\{\{ range \$i, \$v := (?:\.|index \. ${NAME}) \}\}${COMMA} ?\{ ?${NAME}: \{\{ toJson \$v \}\} ?\} ?\{\{ end \}\} ?\]${CURSOR}\}`,
    ),
    read: ([, at, name]) => ({ kind: 'cells', name: name!, at: at === undefined ? '$' : `$."${at}"` }),
  },
  {
    form: whole(
      String.raw`\{\{ \$wrapped := printf "\{\\"(\w+)\\":%s\}" \. \}\} ?\{\{ \$parsed := jsonMapFromString \$wrapped \}\} ?\{\{ \$items := index \$parsed ${NAME} \}\} ?\{"[^"]+":\[\{\{ range \$i, \$v := \$items \}\}${COMMA}\{${NAME}:"\{\{ \$v \}\}"\}\{\{ end \}\}\]\}`,
    ),
    read: ([, wrapped, items, name]) =>
      wrapped === items ? { kind: 'cells', name: name!, at: '$' } : undefined,
  },
]

function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`)
}

/**
 * Recognizes the template of an answer by its form.
 * @returns null if it has none, undefined if it has one of another form
 */
export function transformOf(response: unknown): Transform | null | undefined {
  const body = textOf(member(response, 'transform', 'body'))
  if (body === undefined) return null
  const text = normalized(body)
  for (const { form, read } of FORMS) {
    const match = form.exec(text)
    const found = match === null ? undefined : read(match)
    if (found !== undefined) return found
  }
  return undefined
}

/** A template with one blank for each run of them, and without trim marks. */
function normalized(template: string): string {
  return template
    .slice(0, 20_000)
    .replaceAll(/\{\{-?\s*/g, '{{ ')
    .replaceAll(/\s*-?\}\}/g, ' }}')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/**
 * Recognizes the template of a request that makes an object of the fields, each under a name.
 * @returns the names in the body by those of the fields; undefined for any other template
 */
export function bodyNamesOf(template: string): ReadonlyMap<string, string> | undefined {
  const names = new Map<string, string>()
  const field =
    /\{\{ if \.(\w+) \}\} ?\{\{ \$sep \}\} ?"([^"\\]+)": (?:\{\{ toJson \.(\w+) \}\}|\{\{ if eq \(kindOf \.(\w+)\) "string" \}\} ?\{\{ \.(\w+) \}\} ?\{\{ else \}\} ?\{\{ toJson \.(\w+) \}\} ?\{\{ end \}\}) ?\{\{ \$sep = "," \}\} ?\{\{ end \}\}/g
  const rest = normalized(template).replaceAll(
    field,
    (all, name: string, wire: string, ...values: unknown[]) => {
      if (values.slice(0, 4).some(value => value !== undefined && value !== name)) return all
      names.set(name, wire)
      return ''
    },
  )
  return /^\{ ?\{\{ \$sep := "" \}\} *\}$/.test(rest) ? names : undefined
}
