/** A step of a JSON path: the name of a member, or all elements of an array and values of a map (`[*]`). */
export type PathStep = { readonly name: string } | 'all'

/** The steps of a SQLite JSON path of names (`$.a."b.c"`), in which `[*]` may stand too. */
export function pathSteps(path: string): readonly PathStep[] {
  return [...path.matchAll(/\[\*\]|\.(?:"((?:[^"\\]|\\.)*)"|([^."[\]]+))/gs)].map(([, quoted, plain]) => {
    if (quoted === undefined && plain === undefined) return 'all'
    return { name: plain ?? unquoted(quoted!) }
  })
}

/** The name between the quotes of a path, which are those of JSON. */
function unquoted(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

/** The values at a path in parsed JSON: one, or several below `[*]`; none if there is nothing. */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  return pathSteps(path).reduce<readonly unknown[]>(
    (found, step) =>
      found.flatMap(one => {
        if (typeof one !== 'object' || one === null) return []
        if (step === 'all') return Object.values(one)
        return Object.hasOwn(one, step.name) ? [(one as Readonly<Record<string, unknown>>)[step.name]] : []
      }),
    [value],
  )
}
