import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import { openCatalog } from '../../providers.ts'
import { visible } from '../../render/display.ts'
import { reasonOf } from '../../render/file.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import { referencePages } from '../reference/reference.ts'
import type { World } from '../world.ts'

/** `confluentql provider docs NAME DIR`: writes the reference of a provider, a page for each service. */
export async function docs(
  name: string,
  dir: string,
  { quiet }: CliOptions,
  { env, stderr }: World,
): Promise<number> {
  const catalog = openCatalog({ env })
  const provider = catalog.provider(name)
  if (!provider)
    throw new ConfluentqlError('USAGE', `no provider ${visible(name)}`, {
      hint: `providers: ${catalog
        .providers()
        .map(p => p.name)
        .join(', ')}`,
    })
  const pages = await referencePages(
    catalog,
    [provider],
    `Made by confluentql provider docs ${provider.name}.`,
  )
  const written = [...pages].map(([page, text]) => {
    const file = join(dir, page)
    return { file, draft: `${file}.${process.pid}.tmp`, text }
  })
  try {
    for (const { draft, text } of written) {
      makeFolders(dirname(draft))
      writeFileSync(draft, text)
    }
    for (const { file, draft } of written) renameSync(draft, file)
  } catch (cause) {
    throw new ConfluentqlError(
      'OUTPUT',
      `cannot write to ${visible(dir)}: ${visible(reasonOf(cause, dir))}`,
      { cause },
    )
  } finally {
    for (const { draft } of written) if (existsSync(draft)) rmSync(draft)
  }
  if (!quiet) stderr.write(`wrote ${count(pages.size, 'page')}: ${visible(join(dir, 'README.md'))}\n`)
  return 0
}
