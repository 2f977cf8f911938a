import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { visibleLines } from '../../render/display.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'

/** `.history`: entries that contain the pattern, numbered from the oldest. */
export function historyText(entries: readonly string[], pattern: string | undefined): string {
  const wanted = pattern?.toLowerCase() ?? ''
  const width = String(entries.length).length
  return entries
    .map(
      (entry, i) =>
        [
          entry,
          `${String(i + 1).padStart(width)}  ${visibleLines(entry).replaceAll('\n', `\n${' '.repeat(width + 2)}`)}\n`,
        ] as const,
    )
    .filter(([entry]) => entry.toLowerCase().includes(wanted))
    .map(([, text]) => text)
    .join('')
}

/** The seconds of `.watch`, by default 2. @throws ConfluentqlError USAGE */
export function watchSeconds(text: string | undefined): number {
  const seconds = text === undefined ? 2 : Number(text)
  if (seconds >= 0.1 && seconds <= 86_400) return seconds
  throw new ConfluentqlError('USAGE', `.watch ${text}: needs seconds, from 0.1 to 86400`)
}

/** Refuses to repeat a change, and EXEC unless it `isNamed`: it may change something, too. @throws ConfluentqlError UNSUPPORTED */
export function checkWatched(statement: string, isNamed: boolean): void {
  const tokens = lexOpen(statement)
  const type = typeOf(tokens)
  if (type !== 'change' && (type !== 'call' || isNamed)) return
  const verb = tokens[0]!.text.toUpperCase()
  throw new ConfluentqlError(
    'UNSUPPORTED',
    `.watch would send the last statement, ${verb}, again and again`,
    {
      hint:
        type === 'call'
          ? 'write \\watch instead of ; behind an EXEC that only reads'
          : 'it repeats statements that read: write SELECT … \\watch 5',
    },
  )
}

/**
 * Opens the text, in a temporary file that only the user can read, or the given file in $VISUAL, $EDITOR or `vi`.
 * Resolves with the file's content afterwards. `env` is the editor's environment. @throws ConfluentqlError USAGE, OUTPUT
 */
export async function edit(text: string, file: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = file === undefined ? await mkdtemp(join(tmpdir(), 'confluentql-edit-')) : undefined
  const path = file ?? join(folder!, 'statement.sql')
  try {
    if (file === undefined) await writeFile(path, text === '' ? '' : `${text}\n`, { mode: 0o600 })
    const command = env.VISUAL || env.EDITOR || 'vi'
    const status = await new Promise<number | null>((resolve, reject) => {
      // passed as an argument, so that the shell does not split a path with blanks
      spawn('sh', ['-c', `${command} "$1"`, 'sh', path], { stdio: 'inherit', env })
        .once('exit', resolve)
        .once('error', reject)
    })
    if (status !== 0)
      throw new ConfluentqlError('USAGE', `${command} ended with status ${status}: nothing is changed`, {
        hint: 'set VISUAL or EDITOR to the editor to use',
      })
    return (await readFile(path, 'utf8')).trimEnd()
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    throw new ConfluentqlError('OUTPUT', `cannot edit ${path}: ${(cause as Error).message}`, { cause })
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}
