// Collects the licence notices of the bundled libraries into one text.
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** Licences that allow redistribution with their notice. */
const FREE = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'Zlib',
  'BlueOak-1.0.0',
  'Unlicense',
])

/**
 * @param chunks output of the bundler
 * @returns name, version, licence and licence text of each bundled package
 */
export async function thirdPartyLicenses(chunks) {
  const files = chunks.flatMap(chunk =>
    chunk.type === 'chunk'
      ? Object.entries(chunk.modules)
          .filter(([, { renderedLength }]) => renderedLength > 0)
          .map(([id]) => id)
      : [],
  )
  const folders = [...new Set(files.map(packageOf).filter(folder => folder !== undefined))].sort()
  const parts = await Promise.all(folders.map(noticeOf))
  return `confluentql contains code of these libraries, under their licences.\n\n${parts.join('\n')}`
}

/** The folder of the package that contains a module. */
function packageOf(id) {
  const parts = id.replaceAll('\0', '').split('?')[0].split(sep)
  const at = parts.lastIndexOf('node_modules')
  if (at < 0) return undefined
  return parts.slice(0, at + (parts[at + 1].startsWith('@') ? 3 : 2)).join(sep)
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  if (!FREE.has(license))
    throw new Error(
      `${name} has the licence ${license}, which is not in the list of licences that may be shipped`,
    )
  const names = (await readdir(folder))
    .filter(file => /^(?:licen[cs]e|notice|copying)(?:[.-].*)?$/i.test(file))
    .sort()
  if (names.length === 0) throw new Error(`${name} has no licence file`)
  const texts = await Promise.all(names.map(file => readFile(join(folder, file), 'utf8')))
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${texts.map(text => text.replace(/\r\n/g, '\n').trim()).join('\n\n')}\n`
}
