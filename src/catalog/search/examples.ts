import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A script that comes with the program and answers one question. */
export interface ExampleScript {
  readonly path: string
  readonly title: string
  /** Its name and explanation. */
  readonly text: string
}

/** The scripts of a folder; none if there is no such folder. */
export function readExamples(dir: string): ExampleScript[] {
  let files: readonly string[]
  try {
    files = readdirSync(dir).toSorted()
  } catch {
    return []
  }
  return files.flatMap(file => {
    if (!file.endsWith('.sql')) return []
    const path = join(dir, file)
    const text = readFileSync(path, 'utf8')
    const title = /^-- title: (.*)$/m.exec(text)?.[1] ?? file
    return [
      { path, title, text: [file, ...[...text.matchAll(/^-- (.*)$/gm)].map(([, line]) => line)].join(' ') },
    ]
  })
}
