// Prints the section of CHANGELOG.md for a tag: node scripts/release-notes.mjs v1.2.3
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * The release notes of a version.
 * @param tag  `v` and the version
 * @param version  the version in package.json
 * @throws Error if the tag and the version differ, or the changelog has no dated section for the version
 */
export function notesOf(tag, version, changelog) {
  if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, but package.json has version ${version}`)
  const [, ...sections] = changelog.split(/^## /m)
  const section = sections.find(text => text.startsWith(`[${version}] - `))
  const [heading = '', ...lines] = (section ?? '').split('\n')
  if (!/ - \d{4}-\d\d-\d\d$/.test(heading))
    throw new Error(`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD"`)
  const notes = lines.join('\n').trim()
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of version ${version}`)
  return `${notes}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  try {
    process.stdout.write(
      notesOf(process.argv[2] ?? '', version, readFileSync(join(root, 'CHANGELOG.md'), 'utf8')),
    )
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
