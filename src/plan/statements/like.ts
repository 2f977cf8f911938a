/** SQL's LIKE, as SQLite has it: % is any text, _ any character, ASCII case is ignored. Linear in the text for each %. */
export function isLike(text: string, pattern: string): boolean {
  const [t, p] = [text, pattern].map(s => [...s.replace(/[A-Z]+/g, c => c.toLowerCase())]) as [
    string[],
    string[],
  ]
  let at = 0
  let star = -1
  let retry = 0
  let i = 0
  while (i < t.length) {
    if (p[at] === '%') {
      star = at++
      retry = i
    } else if (at < p.length && (p[at] === '_' || p[at] === t[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++retry
    } else return false
  }
  while (p[at] === '%') at++
  return at === p.length
}
