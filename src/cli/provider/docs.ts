import { promises } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
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
  try {
    for (const [file, text] of pages) {
      await promises.mkdir(dirname(join(dir, file)), { recursive: true })
      await promises.writeFile(join(dir, file), text)
    }
  } catch (cause) {
    throw new ConfluentqlError(
      'OUTPUT',
      `cannot write to ${visible(dir)}: ${visible(reasonOf(cause, dir))}`,
      { cause },
    )
  }
  if (!quiet) stderr.write(`wrote ${count(pages.size, 'page')}: ${visible(join(dir, 'README.md'))}\n`)
  return 0
}
