import type { Progress } from '../engine/result.ts'
import type { Trace } from '../http/types.ts'
import { type PendingChange, type Profile, Session } from '../index.ts'
import { visible } from '../render/display.ts'
import type { CliOptions } from './args/options.ts'
import { severalProfiles } from './profiles.ts'
import type { Settings } from './run/settings.ts'
import { shortMessage } from './report.ts'
import { shellHint } from './shell-hints.ts'
import type { Asker, World } from './world.ts'

/** Milliseconds between two polls of AWAIT in the sandbox, where each poll advances the phase. */
const SANDBOX_POLL_INTERVAL = 200
/** Characters of a key in a question. */
const LONGEST_KEY = 100

/**
 * Opens the session of a run. With a sandbox, its addresses and credentials replace the user's. `profiles`: those that the tables
 * have as a column.
 */
export function openSession(
  options: CliOptions,
  settings: Settings,
  world: World,
  sandbox?: { readonly env: Readonly<Record<string, string>>; readonly profile: Profile },
  profiles: readonly string[] | undefined = severalProfiles(options.profile),
): Session {
  const say = (text: string): void => {
    world.line?.clear()
    world.stderr.write(text)
  }
  // checks and snapshots read the same lists for several results
  const isOnce = options.command === 'check' || options.command === 'snapshot'
  const told = new Set<string>()
  return new Session({
    env: { ...world.env, ...sandbox?.env },
    profile: sandbox?.profile ?? options.profile,
    profiles: sandbox ? undefined : profiles,
    endpoint: options.endpoint,
    timeout: options.timeout,
    retries: options.retries,
    concurrency: options.concurrency,
    memory: options.memory,
    variables: settings.bound,
    get dryRun() {
      return settings.dryRun
    },
    get skipUnreachable() {
      // a difference between incomplete results would be wrong
      return options.command === 'diff' || options.command === 'snapshot' ? false : settings.skipUnreachable
    },
    confirm: world.asker && (change => confirm(change, settings, world, world.asker!)),
    db: options.db,
    showSecrets: options.showSecrets,
    requireKeys: options.requireKeys || undefined,
    await: options.await,
    continueOnError: settings.continueOnError,
    awaitTimeout: options.awaitTimeout,
    awaitEvery: sandbox && SANDBOX_POLL_INTERVAL,
    onProgress: options.quiet || !options.progress ? undefined : progressTo(say),
    cache: () => settings.cache,
    onBusy: world.onBusy,
    onActivity: activity => world.meter.activity(activity),
    traceBodies: () => settings.traceBodies,
    onTrace: t => {
      world.meter.request(t)
      if (settings.trace) say(traceLine(t))
    },
    onNotice: options.quiet
      ? undefined
      : text => {
          const shown = settings.interactive ? shellHint(text) : text
          if (isOnce && told.has(shown)) return
          told.add(shown)
          if (world.notices?.take(shown) ?? true) say(`notice: ${shortMessage(shown)}\n`)
        },
  })
}

/** Asks whether a change may be sent, if it was typed at the prompt. */
async function confirm(
  change: PendingChange,
  settings: Settings,
  world: World,
  asker: Asker,
): Promise<boolean> {
  if (!settings.confirm || !asker.isTyped) return true
  world.line?.stop()
  const isYes = await asker.ask(questionOf(change))
  world.line?.start()
  return isYes
}

function questionOf({ verb, table, rows, isOpen, keys }: PendingChange): string {
  const shown = keys.map(k => visible(k.length > LONGEST_KEY ? `${k.slice(0, LONGEST_KEY)}…` : k)).join('; ')
  const which = isOpen ? `all rows of ${visible(table)} with` : `${rows} rows of ${visible(table)}:`
  return `${verb} of ${which} ${shown}${rows > keys.length ? '; …' : ''}\nSend it? (y/N) `
}

/** Prints the progress of AWAIT: a line whenever the phase of something changes. */
function progressTo(say: (text: string) => void): (progress: Progress) => void {
  const last = new Map<string, string>()
  return ({ name, phase, ms }) => {
    if (last.get(name) === phase) return
    last.set(name, phase)
    say(`waiting: ${visible(name)} is ${visible(phase)} (${Math.round(ms / 1000)} s)\n`)
  }
}

/** A request in one line, with its outcome. */
export function traceLine(t: Trace): string {
  const outcome = t.status === undefined ? (t.error ?? 'no answer') : `${t.status}`
  const retry = t.retryIn === undefined ? '' : `, again in ${Math.round(t.retryIn)} ms`
  const where = t.cached ? ' (from the cache)' : ''
  return `${t.method} ${visible(t.url)}${t.body === undefined ? '' : ` ${visible(t.body)}`} ${visible(outcome)} ${Math.round(t.ms)} ms ${t.bytes} B${t.attempt > 1 ? ` (try ${t.attempt})` : ''}${retry}${where}\n${bodyLine('>', t.requestBody)}${bodyLine('<', t.responseBody)}`
}

function bodyLine(mark: string, body: string | undefined): string {
  return body === undefined ? '' : `  ${mark} ${visible(body)}\n`
}
