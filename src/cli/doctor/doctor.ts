import { catalogOf } from '../../catalog/sources/load.ts'
import { completeRows } from '../../engine/result.ts'
import type { Trace } from '../../http/types.ts'
import type { Profile } from '../../config/types.ts'
import { installedProviders } from '../../registry/record.ts'
import { visible } from '../../render/display.ts'
import { openOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { ResultColumn } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { renderOptionsOf } from '../render-options.ts'
import type { World } from '../world.ts'
import { checkProfile, checkVariables, type Probe, probesFor } from './access.ts'
import { failed, type Finding, ok, warning } from './finding.ts'
import { checkProviders } from './providers.ts'
import { checkKeys } from './keys.ts'
import { checkConnections, checkRuntime } from './machine.ts'

/** Default timeout of a probe in milliseconds. */
const TIMEOUT = 15_000
/** Milliseconds by which the clock may differ without a warning. */
const MAX_SKEW = 60_000

/** `confluentql doctor`: runs the checks and prints the findings; exit status 1 if something is wrong. */
export async function doctor(options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  const found = await findings(options, world, signal)
  await write(found, options, world)
  return found.some(f => f.status === 'wrong') ? 1 : 0
}

async function findings(options: CliOptions, world: World, signal: AbortSignal): Promise<Finding[]> {
  const runtime = checkRuntime(process.versions.node)
  const machine = [...runtime, ...checkConnections(world.env, new Date())]
  // the remaining checks need SQLite
  if (runtime.some(f => f.check === 'SQLite' && f.status === 'wrong')) return machine
  const sandbox = options.sandbox
    ? await (await import('../../local-sandbox.ts')).startProviders(0, process.env, options.sandboxSize)
    : undefined
  try {
    const env = { ...world.env, ...sandbox?.env }
    const { providers, broken } = (await import('../../providers.ts')).openProviders({ env })
    const catalog = catalogOf(providers, broken)
    const { profile, findings: ofProfile } = sandbox
      ? { profile: sandbox.profile, findings: [] }
      : await checkProfile(env, options.profile, catalog)
    const added = checkProviders(
      installedProviders(env),
      name => catalog.provider(name),
      broken,
      env,
      profile,
    )
    const config = [...machine, ...ofProfile, ...checkVariables(env, catalog), ...added]
    if (!profile) return config
    const { probes, findings: notProbed } = probesFor(catalog, env, profile)
    const results = await Promise.all(
      probes.map(probe => runProbe(probe, profile, env, options, world, signal)),
    )
    const keys = await checkKeys(catalog, {
      env,
      profile,
      endpoint: options.endpoint,
      retries: options.retries ?? 0,
      signal,
    })
    return [
      ...config,
      ...results.map(a => a.finding),
      ...keys,
      ...(sandbox ? [] : notProbed),
      ...clockOf(results.flatMap(a => a.skews)),
    ]
  } finally {
    await sandbox?.close()
  }
}

interface ProbeResult {
  readonly finding: Finding
  /** Milliseconds by which the host's clock is ahead, by the Date header of each answer. */
  readonly skews: readonly number[]
}

/** Runs the probe of a host, which reads at most a page. */
async function runProbe(
  { host, id, sql, variables }: Probe,
  profile: Profile,
  env: World['env'],
  options: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { Session } = await import('../../index.ts')
  const skews: number[] = []
  let url = ''
  let ms = 0
  const onTrace = (t: Trace): void => {
    url = new URL(t.url).origin
    ms = t.ms
    // the header has whole seconds: add half of one
    if (t.date !== undefined && !Number.isNaN(Date.parse(t.date)))
      skews.push(Date.parse(t.date) + 500 - (Date.now() - t.ms / 2))
    if (options.trace)
      world.stderr.write(
        `${t.method} ${visible(t.url)} ${t.status ?? visible(t.error ?? 'no answer')} ${Math.round(t.ms)} ms\n`,
      )
  }
  const session = new Session({
    env,
    profile,
    endpoint: options.endpoint,
    variables,
    onTrace,
    timeout: options.timeout ?? TIMEOUT,
    retries: options.retries ?? 0,
  })
  const name = id === undefined ? host.name : `${host.name} ${id}`
  try {
    for await (const { rows } of session.run(sql, signal))
      for await (const _ of rows) {
        /* rows are not needed */
      }
    return { finding: ok(name, `${url} answered in ${Math.round(ms)} ms`), skews }
  } catch (error) {
    return { finding: failed(name, error), skews }
  } finally {
    await session.close()
  }
}

function clockOf(skews: readonly number[]): Finding[] {
  const [least] = [...skews].sort((a, b) => Math.abs(a) - Math.abs(b))
  if (least === undefined) return []
  const seconds = Math.round(Math.abs(least) / 1000)
  if (Math.abs(least) < MAX_SKEW) return [ok('clock', 'agrees with the hosts')]
  return [
    warning(
      'clock',
      `is ${seconds} s ${least > 0 ? 'behind' : 'ahead of'} the hosts`,
      'synchronize it by NTP: tokens and conditions on times depend on it',
    ),
  ]
}

const COLUMNS: readonly ResultColumn[] = ['check', 'status', 'detail', 'mend'].map(name => ({
  name,
  type: 'string',
}))

async function write(found: readonly Finding[], options: CliOptions, world: World): Promise<void> {
  const output = await openOutput(options.out, world)
  const renderOptions = renderOptionsOf(options, world)
  try {
    if (options.format === 'table')
      await output.write(found.map(f => lines(f, renderOptions.color ?? false)).join(''))
    else {
      const renderer = createRenderer(renderOptions, output.write)
      await renderer.result(
        { title: 'confluentql doctor' },
        COLUMNS,
        completeRows(found.map(f => [f.check, f.status, f.detail, f.mend ?? null])),
      )
      await renderer.end()
    }
    await output.commit()
  } catch (error) {
    await output.abort()
    if (!output.closed) throw error
  }
}

const COLORS = { ok: 32, warning: 33, wrong: 31 } as const

function lines({ check, status, detail, mend }: Finding, color: boolean): string {
  const word = color ? `\u001b[${COLORS[status]}m${status}\u001b[39m` : status
  const first = `${word}${' '.repeat(9 - status.length)}${check}: ${visible(detail)}\n`
  return mend === undefined ? first : `${first}         → ${visible(mend)}\n`
}
