import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { cannotRead } from '../script/scripts.ts'
import type { Operation } from './model.ts'
import { readOpenApi } from './openapi.ts'

const ENDINGS = ['.json', '.yaml', '.yml']

/** What is read of all documents. */
export interface Documents {
  readonly operations: readonly Operation[]
  /** What may be wrong with the documents, for people. */
  readonly notices: readonly string[]
}

/**
 * The operations of all OpenAPI documents at the paths: files, or folders with all in them that ends in .json, .yaml or .yml.
 * @throws ConfluentqlError USAGE for what cannot be read or is no such document
 */
export async function readDocuments(paths: readonly string[]): Promise<Documents> {
  const operations: Operation[] = []
  const notices: string[] = []
  for (const path of paths) {
    const files = await filesAt(path)
    if (files.length === 0)
      throw new ConfluentqlError('USAGE', `${path} has no OpenAPI document`, {
        hint: `documents end in ${ENDINGS.join(', ')}`,
      })
    for (const file of files) {
      const { operations: found, broken } = readOpenApi(file, await readDocument(file))
      operations.push(...found)
      if (broken.length > 0) notices.push(`${file} refers to what it does not have: ${broken.join(', ')}`)
    }
  }
  return { operations, notices }
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter(e => e.isFile() && ENDINGS.includes(extname(e.name).toLowerCase()))
      .map(e => join(e.parentPath, e.name))
      .sort()
  } catch (cause) {
    throw cannotRead(path, cause)
  }
}

async function readDocument(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw cannotRead(file, cause)
  }
  try {
    if (/^\s*[{[]/.test(text)) return JSON.parse(text) as unknown
    const { parse } = await import('yaml')
    return parse(text, { maxAliasCount: -1 }) as unknown
  } catch (cause) {
    throw cannotRead(file, new Error((cause as Error).message.split('\n')[0], { cause }))
  }
}
