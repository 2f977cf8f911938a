import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { loadCatalog } from '../../../src/catalog/load.ts'
import { complete } from '../../../src/cli/repl/complete.ts'
import type { Known } from '../../../src/cli/repl/session-info.ts'
import { highlight } from '../../../src/cli/repl/highlight.ts'
import { scan } from '../../../src/cli/repl/scan.ts'
import { aboutOf, linesAbove, commentLines } from '../../../src/cli/script/comments.ts'
import { shownStatement } from '../../../src/sql/secrets.ts'
import { readItems } from '../../../src/cli/script/items.ts'
import { isMeta, readMeta } from '../../../src/cli/script/meta.ts'
import { declarationsOf } from '../../../src/cli/script/variables.ts'
import type { ConfluentqlError } from '../../../src/errors.ts'
import { lex, type Token } from '../../../src/sql/lexer.ts'
import { split } from '../../../src/sql/split.ts'
import type { Random } from '../random.ts'
import { must, ours, type Target } from './target.ts'
import { mutated, noise, salad, scriptText } from './texts.ts'

const PROVIDERS = fileURLToPath(new URL('../../../dist/providers', import.meta.url))

/** Blanks and comments, and nothing else. */
const GAP = /^(?:[ \t\n\r\f\ufeff]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*$/

function placed(error: ConfluentqlError, text: string): void {
  must(
    error.code === 'SYNTAX' || error.code === 'UNKNOWN_NAME' || error.code === 'USAGE',
    `code ${error.code}: ${error.message}`,
    text,
  )
  if (error.span)
    must(
      error.span.start >= 0 && error.span.start <= error.span.end && error.span.end <= text.length,
      `place ${JSON.stringify(error.span)} is outside`,
      text,
    )
}

async function lexes(r: Random): Promise<void> {
  const text = scriptText(r)
  const { value, error } = await ours(text, () => ({ ...lex(text), pieces: split(text) }))
  if (error) return placed(error, text)
  let at = 0
  for (const token of value.tokens) {
    must(
      token.text === text.slice(token.start, token.end) && token.end > token.start,
      `token ${token.text} is not what stands there`,
      text,
    )
    must(
      token.start >= at && GAP.test(text.slice(at, token.start)),
      `something is lost before ${token.text}`,
      text,
    )
    at = token.end
  }
  must(GAP.test(text.slice(at)), 'something is lost at the end', text)
  const inPieces = value.pieces.flatMap(p => p.tokens)
  const noEnds = value.tokens.filter(t => t.kind !== 'op' || t.value !== ';')
  must(
    inPieces.length === noEnds.length && inPieces.every((t, i) => t.start === noEnds[i]!.start),
    'the pieces have other tokens than the text',
    text,
  )
}

const VALUES = [
  "'a;b'",
  "'it''s'",
  "''",
  "'--'",
  "'/*'",
  "'\n.mode csv\n'",
  '0x1F',
  '1_000',
  '1.5e3',
  '.5',
  "x'00FF'",
  'NULL',
  '-1',
  "'漢'",
  '"q;q"',
  '`b``q`',
  '[c;]',
  "';'",
  "'\\G'",
]
const GAPS = [' ', '\n', '\t', ' -- c;\n', '/* ; */', '/**/', "/* ' */", "--'\n", '\r\n', '\f', '/* -- */ ']
const db = new Database(':memory:')
db.exec('CREATE TABLE t ("q;q", "b`q", "c;"); INSERT INTO t VALUES (1, 2, 3)')

/** As many statements as SQLite sees, of the same values. */
async function likeSqlite(r: Random): Promise<void> {
  const gap = (): string => (r.chance(0.5) ? r.pick(GAPS) : ' ')
  const terms = Array.from({ length: r.int(1, 5) }, () => r.pick(VALUES))
  const first = `${gap()}SELECT${gap()}${terms.join(`${gap()},${gap()}`)}${gap()}FROM${gap()}t`
  const tail = r.pick([
    '',
    ';',
    `;${gap()}`,
    `${gap()};${gap()}SELECT 2`,
    ';;',
    `${gap()}-- ;`,
    `${gap()}/* ;`,
    `;${gap()}--`,
    ';/*',
    `;${noise(r, 3)}`,
  ])
  const text = r.chance(0.2)
    ? mutated(r, first + tail, [';', "'", '--', '/*', '*/', '"', '[', ']', '`', '\n'])
    : first + tail
  const { value: pieces } = await ours(text, () => split(text))
  const answer = (sql: string): { readonly row?: unknown; readonly error?: string } => {
    try {
      return { row: db.prepare(sql).raw().get() }
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
  const whole = answer(text)
  if (!pieces)
    return must(
      whole.error !== undefined
        || text.includes('\0')
        || /more than one/.test(answer(`${text}\n;SELECT 1`).error ?? ''),
      'SQLite takes it',
      text,
    )
  // after a semicolon better-sqlite3 decides, which does not skip a byte order mark
  const isSeveral = /more than one statement/.test(whole.error ?? '') && !text.includes('\ufeff')
  if (pieces.length === 1) must(!isSeveral, 'SQLite sees several statements', text)
  if (pieces.length > 1) must(whole.error !== undefined, 'SQLite sees one statement', text)
  if (whole.error !== undefined || pieces.length !== 1) return
  const alone = answer(text.slice(pieces[0]!.start, pieces[0]!.end))
  must(
    JSON.stringify(alone) === JSON.stringify(whole),
    `SQLite answers otherwise to the piece: ${JSON.stringify([whole, alone])}`,
    text,
  )
}

async function itemizes(r: Random): Promise<void> {
  const text = r.chance(0.3)
    ? `${salad(r, 6)};\n${r.pick(['.', '\\'])}${r.pick(['mode', 'x', 'once', 'set', 'read', 'i', 'q', 'quit'])} ${salad(r, 4)}\n${salad(r, 6)}`
    : scriptText(r)
  const { value, error } = await ours(text, () => readItems(text))
  if (error) return placed(error, text)
  const spans = value.items.map(i => (i.kind === 'meta' ? i.at : i.piece))
  spans.forEach((s, i) =>
    must(s.start >= (spans[i - 1]?.end ?? 0) && s.end <= text.length, 'items overlap', text),
  )
  let before = 0
  for (const item of value.items) {
    if (item.kind === 'statement') {
      must(
        aboutOf(text, linesAbove(text, value.comments, before, item.piece), item.piece).sql
          === shownStatement(text, item.piece),
        'another statement is told of',
        text,
      )
      before = item.piece.end
      continue
    }
    const line = text.slice(item.at.start, item.at.end)
    must(isMeta(line) && !line.includes('\n'), `no meta-command: ${line}`, text)
    const read = await ours(line, () => readMeta(line))
    if (read.error) placed(read.error, line)
  }
  const declared = await ours(text, () => declarationsOf(commentLines(text, value.comments, 0, text.length)))
  if (declared.error) placed(declared.error, text)
}

function knownOf(): Known {
  const catalog = loadCatalog(PROVIDERS)
  return {
    catalog,
    formats: ['table', 'csv'],
    profiles: ['prod'],
    files: path => ['report.sql', 'reports/'].filter(f => f.startsWith(path)),
    sessionInfo: {
      functions: ['count', 'lower'],
      variables: ['since'],
      tables: [
        { name: 'mine', columns: [{ name: 'n', shape: { type: 'integer' } }] },
        { name: '__proto__', columns: [{ name: 'constructor', shape: { type: 'object' } }] },
      ],
    },
  }
}

const NAMES = [
  'confluent',
  'kafka',
  'iam',
  'users',
  'mine',
  '__proto__',
  'constructor',
  'toString',
  'u',
  'creator',
  'spec.owner',
  'status',
  'confluent.iam.invitations i',
  'confluent.iam.users',
  'i.',
  'EXEC confluent.iam.users.',
  '.describe ',
  '\\d ',
]

function completes(r: Random, known: Known): void {
  const text = r.chance(0.5)
    ? Array.from({ length: r.int(0, 10) }, () => (r.chance(0.5) ? r.pick(NAMES) : salad(r, 2))).join(
        r.pick(['', ' ']),
      )
    : scriptText(r).slice(0, 1500)
  const cursor = r.int(0, text.length)
  const { from, to, candidates } = complete(text, cursor, known)
  must(from >= 0 && from <= to && to === cursor, `from ${from} to ${to}, cursor ${cursor}`, text)
  const typed = text.slice(from, to).toLowerCase()
  for (const c of candidates)
    must(c.text.toLowerCase().startsWith(typed), `${c.text} does not begin with ${typed}`, text)
  const styles = highlight(text, parts => parts.length === 3)
  for (const s of styles)
    must(
      s.start >= 0 && s.start <= s.end && s.end <= text.length,
      `a style outside: ${JSON.stringify(s)}`,
      text,
    )
  const { items, lines } = scan(text)
  must(lines.length === text.split('\n').length, `${lines.length} lines`, text)
  items.forEach((item, i) =>
    must(
      item.start >= (items[i - 1]?.end ?? 0)
        && item.end >= (item.hasToken ? item.start + 1 : item.start)
        && item.end <= text.length,
      'items overlap',
      text,
    ),
  )
}

/** What the prompt takes for statements is what the splitter takes for them. */
async function prompts(r: Random): Promise<void> {
  const text = scriptText(r)
  // what has commands in it, which the prompt takes behind a semicolon as well, or blanks that are none to SQLite
  if (/\\|(?:^|;)\s*[.#]|^\s*(?:quit|exit)\b|[^\S \t\n\r\f\ufeff]/im.test(text)) return
  const { value: pieces } = await ours(text, () => split(text))
  if (!pieces) return
  const { items, open } = scan(text)
  const whole = (await ours(text, () => items.map(i => split(text.slice(i.start, i.end))))).value
  must(whole !== undefined, `the prompt cuts where there is no end: ${JSON.stringify(items)}`, text)
  must(
    whole.every(w => w.length <= 1),
    'the prompt runs two statements as one',
    text,
  )
  const ends = (tokens: readonly Token[], offset: number): number => tokens.at(-1)!.end + offset
  const seen = whole.flatMap((w, i) => w.map(p => ends(p.tokens, items[i]!.start)))
  must(
    open === '/*' || JSON.stringify(seen) === JSON.stringify(pieces.map(p => p.end)),
    `the prompt sees ${JSON.stringify(seen)}, the splitter ${JSON.stringify(pieces.map(p => p.end))}`,
    text,
  )
}

export const SQL: readonly Target[] = [
  { name: 'lexer', few: 400, open: async () => ({ attempt: lexes }) },
  { name: 'statements as SQLite sees them', few: 400, open: async () => ({ attempt: likeSqlite }) },
  { name: 'script items', few: 300, open: async () => ({ attempt: itemizes }) },
  {
    name: 'completion',
    few: 100,
    open: async () => {
      const known = knownOf()
      return { attempt: r => completes(r, known) }
    },
  },
  { name: 'prompt', few: 200, open: async () => ({ attempt: prompts }) },
]
