import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ON_THAT_DAY } from '../support/sandbox-day.ts'

export { folder, listen as server } from '../support/cleanup.ts'

export const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
if (!existsSync(PROGRAM)) throw new Error('dist/cli.js is not there: run npm run build')

/** Credentials of every child process. None of them, nor what Basic makes of them, may be seen in what it writes. */
export const PLANTED = {
  CONFLUENT_CLOUD_API_KEY: 'PLANTEDKEY7Q2XW',
  CONFLUENT_CLOUD_API_SECRET: 'planted-secret/+%9f3k==',
  KAFKA_API_KEY: 'PLANTEDKAFKAKEY',
  KAFKA_API_SECRET: 'planted-kafka-secret',
  SCHEMA_REGISTRY_API_SECRET: 'planted-registry-secret',
  FLINK_API_SECRET: 'planted-flink-secret',
} as const
const SECRETS = Object.values(PLANTED).flatMap(s => [
  s,
  encodeURIComponent(s),
  Buffer.from(s).toString('base64').replace(/=+$/, ''),
])
const BASIC = Buffer.from(
  `${PLANTED.CONFLUENT_CLOUD_API_KEY}:${PLANTED.CONFLUENT_CLOUD_API_SECRET}`,
).toString('base64')

/** The secrets that a text shows. */
export function secretsIn(text: string): string[] {
  return [...SECRETS, BASIC.replace(/=+$/, '')].filter(secret => text.includes(secret))
}

export interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string | Buffer
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Told of the child when it has been started. */
  readonly started?: (child: ChildProcess) => void
}

const LONGEST_RUN = 45_000

/** Runs the built program to its end. Fails if it hangs, shows a secret, or shows a stack trace. */
export async function cli(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await spawned(process.execPath, [PROGRAM, ...args], options)
  const text = outcome.stdout + outcome.stderr
  if (secretsIn(text).length > 0) throw new Error(`a secret is shown:\n${text}`)
  if (/^\s+at .+:\d+:\d+\)?$/m.test(text) || text.includes('bug in confluentql'))
    throw new Error(`a stack trace or an internal error is shown:\n${text}`)
  return outcome
}

/** The same on the embedded sandbox. */
export const sandboxed = (args: readonly string[], options?: RunOptions): Promise<Outcome> =>
  cli(['--sandbox', ...args], options)

export async function spawned(
  command: string,
  args: readonly string[],
  { stdin, env, cwd, started }: RunOptions,
): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, ...ON_THAT_DAY, ...PLANTED, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  child.stdout!.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr!.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin)
  started?.(child)
  const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN)
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, by) => resolve([code, by]))
  })
  clearTimeout(limit)
  const [stdout, stderr] = [chunks.stdout, chunks.stderr].map(all => Buffer.concat(all).toString('utf8'))
  if (signal === 'SIGKILL')
    throw new Error(`the program did not end: ${args.slice(1).join(' ').slice(0, 300)}\n${stdout}${stderr}`)
  return { status, signal, stdout: stdout!, stderr: stderr! }
}

/** A page of users as the API answers it; `next` is the token of the page after it. */
export function page(ids: readonly string[], next?: string): string {
  return JSON.stringify({
    data: ids.map(id => ({ id, email: `${id}@example.com` })),
    metadata: {
      ...(next !== undefined && { next: `https://api.confluent.cloud/iam/v2/users?page_token=${next}` }),
    },
  })
}
