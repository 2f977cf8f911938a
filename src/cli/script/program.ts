import { promises as files } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { ConfluentqlError, type Span } from '../../errors.ts'
import type { Row } from '../../engine/result.ts'
import type { About } from '../../render/types.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { split, type Piece } from '../../sql/split.ts'
import { aboutOf, type CheckDirective, checksOf, commentLines, directiveOf, linesAbove } from './comments.ts'
import { readItems, type Items } from './items.ts'
import { readMeta, type MetaCall } from './read-meta.ts'
import { placingErrors, type Script } from '../report.ts'
import { readScript } from './scripts.ts'
import { noticeAfter, statementFor } from './show.ts'
import { type Declaration, declarationsOf } from './variables.ts'

/** The declarations visible to a step: those of its file and of the files that read it, which take precedence. */
export type Scope = ReadonlyMap<string, Declaration>

export interface StatementStep {
  readonly kind: 'statement'
  readonly script: Script
  /** The text that the session runs, and the statement in it. */
  readonly sql: string
  readonly piece: Piece
  readonly about: About
  /** What the comments above it declare it to check. */
  readonly checks: readonly CheckDirective[]
  readonly vertical: boolean
  /** Its place in the script. For the statement of a meta-command, offsets in `sql` do not refer to the script. */
  readonly at: Span
  readonly isMeta: boolean
  /** A notice for the prompt below the rows of a meta-command. */
  readonly after?: (rows: readonly Row[]) => string | undefined
  readonly scope: Scope
}

export interface MetaStep {
  readonly kind: 'meta'
  readonly script: Script
  readonly call: MetaCall
  readonly at: Span
  /** It was written as a part of the next statement, and applies only to that. */
  readonly isOfNext: boolean
}

export type Step = StatementStep | MetaStep

/** Whether a step is a statement of the script, and not that of a meta-command. */
export const isWritten = (step: Step): boolean => step.kind === 'statement' && !step.isMeta

/** A loaded script, with the files that it reads included. */
export interface Program {
  readonly script: Script
  readonly steps: readonly Step[]
  /** The declarations of all files. */
  readonly declared: readonly { readonly declaration: Declaration; readonly script: Script }[]
  /** From `-- report: …`. */
  readonly title: string | undefined
  /** Comments with `check: …` that are not above a statement. */
  readonly stray: readonly { readonly check: CheckDirective; readonly script: Script }[]
}

/**
 * Splits a script, and the files that it reads, into steps.
 * @throws ConfluentqlError with its place and script
 */
export async function loadProgram(
  script: Script,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Program> {
  const declared: { declaration: Declaration; script: Script }[] = []
  const stray: { check: CheckDirective; script: Script }[] = []
  const id = await identity(script)
  const { steps, title } = await load(script, {
    env,
    declared,
    stray,
    scope: new Map(),
    reading: id === undefined ? [] : [id],
  })
  return { script, steps, declared, title, stray }
}

interface Loading {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly declared: { declaration: Declaration; script: Script }[]
  readonly stray: { check: CheckDirective; script: Script }[]
  readonly scope: Scope
  /** The chain of files being read, to detect a cycle. */
  readonly reading: readonly string[]
}

async function load(script: Script, loading: Loading): Promise<{ steps: Step[]; title: string | undefined }> {
  const { items, lines, declarations } = placingErrors(script, () => {
    const found = readItems(script.text)
    const all = commentLines(script.text, found.comments, 0, script.text.length)
    return { items: found, lines: all, declarations: declarationsOf(all) }
  })
  for (const declaration of declarations.values()) loading.declared.push({ declaration, script })
  const scope = new Map([...declarations, ...loading.scope])
  const steps: Step[] = []
  const own = stepsOf(script, items, scope)
  const claimed = new Set(own.flatMap(s => (s.kind === 'statement' ? s.checks.map(c => c.start) : [])))
  for (const check of checksOf(lines)) if (!claimed.has(check.start)) loading.stray.push({ check, script })
  for (const step of own) {
    if (step.kind === 'statement' || step.call.command.name !== 'read') steps.push(step)
    else steps.push(...(await loadFile(step, { ...loading, scope })))
  }
  return { steps, title: lines.map(l => directiveOf(l.text)).find(d => d?.name === 'report')?.value }
}

async function loadFile({ script, call, at }: MetaStep, loading: Loading): Promise<Step[]> {
  const path = within(script, expandHome(call.args[0]!, loading.env))
  const file = await readScript(path).catch((error: unknown) =>
    placingErrors(
      script,
      () => {
        throw error
      },
      at,
    ),
  )
  const id = await identity(file)
  if (id !== undefined && loading.reading.includes(id)) {
    return placingErrors(
      script,
      () => {
        throw new ConfluentqlError(
          'SYNTAX',
          `${path} is being read already: the files include each other in a cycle`,
        )
      },
      at,
    )
  }
  return (await load(file, { ...loading, reading: [...loading.reading, ...(id === undefined ? [] : [id])] }))
    .steps
}

/** Resolves a path relative to the script's folder. */
function within({ name }: Script, path: string): string {
  return isAbsolute(path) || name === undefined ? path : join(dirname(name), path)
}

/** Replaces a leading `~/` by the home folder. */
export function expandHome(path: string, env: Readonly<Record<string, string | undefined>>): string {
  return path.startsWith('~/') && env.HOME ? join(env.HOME, path.slice(2)) : path
}

async function identity({ name }: Script): Promise<string | undefined> {
  return name === undefined ? undefined : files.realpath(name).catch(() => undefined)
}

/**
 * Refuses a change or a call at the end of a stream that no semicolon ends: the rest may be missing, and with it a condition.
 * @throws ConfluentqlError SYNTAX
 */
function refuseCutChange(script: Script, { tokens, end }: Piece): void {
  const type = typeOf(tokens)
  if (type !== 'change' && type !== 'call') return
  const last = tokens.at(-1)!
  placingErrors(script, () => {
    throw new ConfluentqlError(
      'SYNTAX',
      `the ${tokens[0]!.value} at the end of the input does not end with ;`,
      {
        span: { start: last.start, end },
        hint: 'write ; at its end: without one the input may have been cut off, together with conditions',
      },
    )
  })
}

function stepsOf(script: Script, { items, comments }: Items, scope: Scope): Step[] {
  let before = 0
  return items.map(item => {
    if (item.kind === 'statement') {
      const { piece, vertical } = item
      if (script.isStream && !item.isClosed) refuseCutChange(script, piece)
      const lines = linesAbove(script.text, comments, before, piece)
      before = piece.end
      return {
        kind: 'statement',
        script,
        sql: script.text,
        piece,
        about: aboutOf(script.text, lines, piece),
        checks: checksOf(lines),
        vertical,
        at: { start: piece.start, end: piece.end },
        isMeta: false,
        scope,
      }
    }
    const call = placingErrors(
      script,
      () =>
        item.within
          ? readMeta(item.within.text, item.within.spelling)
          : readMeta(script.text.slice(item.at.start, item.at.end)),
      item.at,
    )
    const text = placingErrors(script, () => statementFor(call), item.at)
    if (text === undefined)
      return { kind: 'meta', script, call, at: item.at, isOfNext: item.within !== undefined }
    before = item.at.end
    return {
      kind: 'statement',
      script,
      sql: text,
      piece: split(text)[0]!,
      about: {},
      checks: [],
      vertical: false,
      at: item.at,
      isMeta: true,
      after: rows => noticeAfter(call, rows),
      scope,
    }
  })
}
