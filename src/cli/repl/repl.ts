import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalog } from '../../catalog/types.ts'
import { withProfiles } from '../../catalog/profiles.ts'
import { profileNames } from '../../config/load.ts'
import { ConfluentqlError } from '../../errors.ts'
import { openCatalog } from '../../providers.ts'
import { visible } from '../../render/display.ts'
import { FORMAT_NAMES } from '../../render/renderer.ts'
import type { CliOptions } from '../args/options.ts'
import { childEnvironment } from '../child-env.ts'
import { banner } from './banner.ts'
import { complete } from './complete.ts'
import { editorFrontend, type Frontend } from './frontend.ts'
import type { SessionInfo, Known } from './session-info.ts'
import { highlight } from './highlight.ts'
import { History } from './history.ts'
import { EngineProcess } from './engine-process.ts'
import { severalProfiles } from '../profiles.ts'
import { filesLike, xdgFile } from './paths.ts'
import { Pipes } from './pipes.ts'
import { PlainFrontend } from './plain.ts'
import { tableOf } from './scope.ts'
import { Shell } from './shell.ts'
import type { Streams } from './terminal.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * `confluentql shell`: reads statements and meta-commands at a prompt until the user leaves; resolves with the exit status.
 * @throws ConfluentqlError if the sandbox or the folder for tables cannot be created
 */
export async function repl(
  options: CliOptions,
  streams: Streams & { readonly env: Env },
  version: string,
): Promise<number> {
  const { env } = streams
  // before the sandbox starts, whose open port would keep the process alive after an error
  const folder = options.db === undefined ? sessionFolder() : undefined
  const clean = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
  // on every exit except SIGKILL
  process.once('exit', clean)
  const sandbox = options.sandbox
    ? await (await import('../../local-sandbox.ts')).startWhole(process.env, options.sandboxSize)
    : undefined
  const catalog = openCatalog({ env })
  let profiles: readonly string[] = []
  void (async () => {
    profiles = await profileNames(env)
  })()
  const several = severalProfiles(options.profile)
  const shown = several ? withProfiles(catalog, several) : catalog
  const childEnv = childEnvironment(options, env, catalog)
  let sessionInfo = initialInfo(catalog)
  const known = (): Known => ({
    catalog: shown,
    sessionInfo,
    formats: FORMAT_NAMES,
    profiles,
    files: path => filesLike(path, env),
  })
  const sites = () => sandbox && { env: sandbox.env, sites: { ...sandbox.sites } }
  const isDumb = env.TERM === 'dumb' || !streams.stdout.isTTY
  const color = options.color !== false && !env.NO_COLOR && !isDumb
  const history = new History(xdgFile(env, 'XDG_STATE_HOME', ['.local', 'state'], 'history'), text =>
    streams.stderr.write(`notice: ${visible(text)}\n`),
  )
  const onInterrupt = (): void => shell.interrupt()
  const frontend = isDumb
    ? new PlainFrontend(streams, onInterrupt)
    : editorFrontend(streams, {
        complete: (text, cursor) => complete(text, cursor, known()),
        highlight: (text, from, to) =>
          color ? highlight(text, parts => tableOf(parts, known()) !== undefined, from, to) : [],
        history: () => history.entries,
        onInterrupt,
      })
  const pipes = new Pipes(frontend, childEnv)
  const engine = new EngineProcess(
    {
      kind: 'start',
      options: folder === undefined ? options : { ...options, db: join(folder, 'session.db') },
      settings: undefined,
      provider: undefined,
      sandbox: sites(),
      isStdoutTerminal: streams.stdout.isTTY,
      terminal: frontend.isTerminal ? { columns: frontend.width, rows: frontend.height, color } : undefined,
    },
    {
      onPipe: message => pipes.take(message),
      onLost: () => pipes.close(),
      onSessionInfo: found => {
        sessionInfo = found
      },
      onFailed: (text, status) => {
        frontend.note(text)
        shell.end(status)
      },
    },
  )
  const shell = new Shell({ frontend, engine, history, pipes, env, childEnv, color, sandbox: sites })
  const release = onSignals(frontend, shell, async () => {
    await engine.leave()
    clean()
  })
  let status: number
  try {
    engine.start()
    frontend.open()
    if (!options.quiet) frontend.note(banner(version, options.profile, sandbox, catalog, env))
    await runStartFile(shell, env)
    status = await shell.loop()
  } finally {
    frontend.close()
    await engine.close()
    await sandbox?.close()
    clean()
    release()
  }
  if (frontend.isGone) hangUp()
  return status
}

/** What is known of the session until the engine sends its own. */
function initialInfo(catalog: Catalog): SessionInfo {
  const views = catalog.providers().flatMap(p => p.views ?? [])
  return { tables: views.map(({ name }) => ({ name, columns: [] })), functions: [], variables: [] }
}

/** Ends the process by SIGHUP: on a regular exit Node restores the terminal's mode, and crashes if the terminal has gone. */
function hangUp(): void {
  process.kill(process.pid, 'SIGHUP')
}

/** Creates the folder for the tables and views of this shell. */
function sessionFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'confluentql-'))
  } catch (cause) {
    throw new ConfluentqlError(
      'USAGE',
      `cannot create a folder for tables of the shell in ${tmpdir()}: ${(cause as Error).message.replace(/, mkdtemp .*$/, '')}`,
      { cause, hint: 'set TMPDIR to a folder that can be written, or give --db FILE' },
    )
  }
}

/** Restores the terminal and cleans up on SIGTERM, SIGHUP and SIGQUIT. While a pager has the terminal, Ctrl-C arrives as SIGINT, Ctrl-\ as SIGQUIT. */
function onSignals(frontend: Frontend, shell: Shell, leave: () => Promise<void>): () => void {
  let isLeaving = false
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // at the second signal nothing more is waited for
    if (!isLeaving) {
      isLeaving = true
      await leave()
    }
    frontend.close()
    if (signal !== 'SIGHUP') process.exit(signal === 'SIGQUIT' ? 131 : 143)
    process.off(signal, end)
    hangUp()
  }
  const interrupt = (): void => {
    if (frontend.isTerminal) shell.interrupt()
  }
  process.on('SIGTERM', end)
  process.on('SIGQUIT', end)
  process.on('SIGHUP', end)
  process.on('SIGINT', interrupt)
  return () => {
    process.off('SIGTERM', end)
    process.off('SIGQUIT', end)
    process.off('SIGHUP', end)
    process.off('SIGINT', interrupt)
  }
}

async function runStartFile(shell: Shell, env: Env): Promise<void> {
  const file = xdgFile(env, 'XDG_CONFIG_HOME', ['.config'], 'shellrc')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return
  }
  await shell.file(file, text)
}
