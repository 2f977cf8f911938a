/** Text as it stands in a cell of a table: no bar that would end the cell, no line end, no tag. */
export function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Words with their full stop, to stand in a cell or by themselves. */
export function sentence(text: string): string {
  return /[.…]$/.test(text) ? cell(text) : `${cell(text)}.`
}

/** A name or a path as code. In a cell GitHub takes a bar as its end even inside code, so it is escaped there too. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

/** A table; a column without a single value is left out. Cells are Markdown already. */
export function table(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  keep: readonly string[] = [],
): string[] {
  const shown = names.map((name, i) => keep.includes(name) || i === 0 || rows.some(row => row[i] !== ''))
  const line = (cells: readonly string[]) => `| ${cells.filter((_, i) => shown[i]).join(' | ')} |`
  return [line(names), line(names.map(() => '---')), ...rows.map(line)]
}

/** `1 method`, `2 methods`. */
export function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`
}
