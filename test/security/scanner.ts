import { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { afterAll } from 'vitest'

/*
 * Every process that a test starts has secrets in its environment, those that the test gives it and one more. None of
 * them may be in what it writes: a file of tests fails at its end if one was seen.
 */

/** A secret that nothing reads: it is seen only when an environment is shown. */
export const SPARE = { CONFLUENTQL_SPARE_SECRET: 'planted-spare-secret-4d1/+' } as const

/** Shorter values are no secrets, and stand in ordinary words. */
const SHORTEST = 12

/** The secrets of an environment, in the forms that a program may write them in. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  const named = Object.entries(env).filter(
    ([name, value]) => /(?:SECRET|TOKEN|PASSWORD|API_KEY)$/.test(name) && (value?.length ?? 0) >= SHORTEST,
  )
  const pairs = named
    .filter(([name]) => name.endsWith('_API_SECRET'))
    .map(([name, secret]) => `${env[name.replace(/SECRET$/, 'KEY')]}:${secret}`)
  const plain = named.map(([, value]) => value!)
  const forms = (text: string): string[] => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('hex'),
    base64(text),
  ]
  return [...new Set([...plain.flatMap(forms), ...pairs.map(base64)])]
}

const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '')

interface Launch {
  readonly args: readonly string[]
  envPairs: string[]
}
const { prototype } = ChildProcess as unknown as {
  prototype: ChildProcess & { spawn: (launch: Launch) => unknown }
}
/** Where what was found is kept: files of tests that share a process load this module anew, and it must not watch twice. */
const KEPT = Symbol.for('confluentql: command lines that showed a secret')
const global = globalThis as unknown as { [KEPT]?: string[] }
const isNew = global[KEPT] === undefined
const found = (global[KEPT] ??= [])

const original = prototype.spawn
if (isNew)
  prototype.spawn = function spawn(this: ChildProcess, launch: Launch) {
    launch.envPairs = [
      ...launch.envPairs,
      ...Object.entries(SPARE).map(([name, value]) => `${name}=${value}`),
    ]
    const secrets = secretsOf(
      Object.fromEntries(
        launch.envPairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
      ),
    )
    const answer = original.call(this, launch)
    for (const stream of [this.stdout, this.stderr]) if (stream) watch(stream, secrets, launch.args)
    return answer
  }

/** Looks at what comes before anybody reads it, whoever that is and however. */
function watch(stream: Readable, secrets: readonly string[], args: readonly string[]): void {
  const longest = Math.max(...secrets.map(secret => secret.length))
  const push = stream.push.bind(stream)
  let before = ''
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk !== null && chunk !== undefined) {
      const text = before + (chunk as Buffer).toString('latin1')
      if (secrets.some(secret => text.includes(secret))) found.push(args.join(' ').slice(0, 300))
      // one may come in two pieces
      before = text.slice(-longest)
    }
    return push(chunk, encoding)
  }
}

/** The command lines that showed a secret until now, which are forgotten. */
export function takeFound(): string[] {
  return found.splice(0)
}

afterAll(() => {
  const shown = takeFound()
  if (shown.length > 0) throw new Error(`a secret of its environment was shown by:\n${shown.join('\n')}`)
})
