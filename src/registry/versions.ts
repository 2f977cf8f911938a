/** The newest of names such as `v1.2.3` and `v24.10.00229`; undefined if one is no version. Versions with a suffix (`-alpha01`) are older than those without. */
export function newestVersion(names: readonly string[]): string | undefined {
  const versions = names.map(name => /^v(\d+(?:\.\d+)*)(-[\w.]+)?$/.exec(name))
  if (versions.includes(null)) return undefined
  const [newest] = (versions as RegExpExecArray[]).sort(
    (a, b) =>
      compareNumbers(b[1]!, a[1]!)
      || Number(a[2] !== undefined) - Number(b[2] !== undefined)
      || ((a[2] ?? '') < (b[2] ?? '') ? 1 : -1),
  )
  return newest?.[0]
}

function compareNumbers(a: string, b: string): number {
  const [ours, theirs] = [a, b].map(text => text.split('.').map(Number)) as [number[], number[]]
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const difference = (ours[i] ?? 0) - (theirs[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
