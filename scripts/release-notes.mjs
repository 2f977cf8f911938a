// Prints the section of CHANGELOG.md for a tag: node scripts/release-notes.mjs v1.2.3
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * The release notes of a version, with absolute links to files at the tag: a release has no folder that they could be relative to.
 * @param tag  `v` and the version
 * @param version  the version in package.json
 * @param repository  the address of the repository
 * @throws Error if the tag and the version differ, or the changelog has no dated section for the version
 */
export function notesOf(tag, version, changelog, repository) {
  if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, but package.json has version ${version}`)
  const [, ...sections] = changelog.split(/^## /m)
  const section = sections.find(text => text.startsWith(`[${version}] - `))
  const [heading = '', ...lines] = (section ?? '').split('\n')
  if (!/ - \d{4}-\d\d-\d\d$/.test(heading))
    throw new Error(`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD"`)
  const notes = lines.join('\n').trim()
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of version ${version}`)
  // neither an address nor a heading
  const absolute = notes.replaceAll(
    /\]\((?![a-z][a-z\d+.-]*:|[/#])([^)\s]+)/gi,
    `](${repository}/blob/${tag}/$1`,
  )
  return `${absolute}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  // set by GitHub's workflows
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
  try {
    if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY)
      throw new Error('links need GITHUB_SERVER_URL and GITHUB_REPOSITORY')
    const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
    const repository = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
    process.stdout.write(notesOf(process.argv[2] ?? '', version, changelog, repository))
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
