import { compareVersions } from '../catalog/sources/versions.ts'

/** The newest of names such as `v1.2.3` and `v24.10.00229`; undefined if one is no version. */
export function newestVersion(names: readonly string[]): string | undefined {
  const areVersions = names.every(name => /^v\d+(?:\.\d+)*(?:-[\w.]+)?$/.test(name))
  return areVersions ? names.toSorted(compareVersions).at(-1) : undefined
}
