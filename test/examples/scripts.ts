import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))

/** A saved script, and how examples/README.md tells to run it on the sandbox. */
export interface Script {
  /** Without folder and extension, such as `01-stale-invitations`. */
  readonly name: string
  readonly text: string
  /** Arguments of the command line in the README, with the file's full path; undefined if it has none. */
  readonly args: readonly string[] | undefined
}

export const readme = (): string => readFileSync(`${EXAMPLES}README.md`, 'utf8')

/** All scripts, in the order of their numbers. */
export function scripts(): Script[] {
  const commands = new Map(
    [...readme().matchAll(/^npx confluentql --sandbox( .*)? -f examples\/(\S+)\.sql$/gm)].map(
      ([, options = '', name = '']) => [name, options.trim()],
    ),
  )
  return readdirSync(EXAMPLES)
    .filter(file => file.endsWith('.sql'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.sql'.length)
      const options = commands.get(name)
      const args =
        options === undefined
          ? undefined
          : [...options.split(' ').filter(word => word !== ''), '-f', EXAMPLES + file]
      return { name, text: readFileSync(EXAMPLES + file, 'utf8'), args }
    })
}

/** The comments at the head of a script, without their dashes. */
export const headOf = ({ text }: Script): string[] =>
  text
    .split('\n\n')[0]!
    .split('\n')
    .map(line => line.replace(/^-- ?/, ''))
