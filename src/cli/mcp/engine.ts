import { Readable, Writable } from 'node:stream'
import { Pool } from '../../index.ts'
import { Engine } from '../../mcp/engine/work.ts'
import type { FromEngine, ToEngine } from '../../mcp/engine/protocol.ts'
import type { CliOptions } from '../args/options.ts'
import { attend, sendToParent, texts } from '../hosted.ts'
import { Meter } from '../meter.ts'
import { poolOptions } from '../pool-options.ts'
import { severalProfiles } from '../profiles.ts'
import { errorText } from '../report.ts'
import type { SandboxSites } from '../repl/protocol.ts'
import { profileOf } from '../../sandbox-profile.ts'
import type { World } from '../world.ts'

/* The process that runs statements for `confluentql mcp`; src/mcp/engine/engines.ts starts it. */

/** The first message. */
export interface Start {
  readonly kind: 'start'
  readonly options: CliOptions
  readonly sandbox: SandboxSites | undefined
}

const send = (message: FromEngine): void => sendToParent(message)
/** Addresses in the sandbox, which come with each task. */
const sites: Record<string, string> = {}

function open({ options, sandbox }: Start): Engine {
  const world: World = {
    stdin: Readable.from([]),
    stdout: new Writable(),
    stderr: texts(text => send({ kind: 'log', text })),
    env: process.env,
    meter: new Meter(),
  }
  const profile = sandbox && profileOf(() => sites)
  const common = poolOptions(options, world, sandbox && { env: sandbox.env, profile: profile! })
  const pool = new Pool({
    ...common,
    profile: profile ?? options.profile,
    profiles: sandbox ? undefined : severalProfiles(options.profile),
    onTrace: trace => {
      const { profile: of, method, url } = trace
      const text = `${of === undefined ? '' : `[${of}] `}${method} ${url}`
      // `done` follows later, since it waits for the same promise
      if (trace.cached !== true) void pool.hider().then(hide => send({ kind: 'request', text: hide(text) }))
      common.onTrace?.(trace)
    },
  })
  return new Engine(pool, send)
}

let engine: Engine | undefined

attend((message: ToEngine<Start>) => {
  switch (message.kind) {
    case 'start':
      try {
        engine = open(message)
        send({ kind: 'ready' })
      } catch (error) {
        send({ kind: 'failed', message: errorText(error).trimEnd() })
      }
      break
    case 'run':
      Object.assign(sites, message.state)
      return void engine?.run(message.work)
    case 'answer':
      return engine?.answer(message.isYes)
    case 'cancel':
      return engine?.cancel(message.reason)
    default:
  }
})
