import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { loadCatalog } from '../../../src/catalog/sources/load.ts'
import { complete } from '../../../src/cli/repl/complete.ts'
import type { Known } from '../../../src/cli/repl/session-info.ts'
import { highlight } from '../../../src/cli/repl/highlight.ts'
import { scan } from '../../../src/cli/repl/scan.ts'
import { aboutOf, linesAbove, commentLines } from '../../../src/cli/script/comments.ts'
import { shownStatement } from '../../../src/sql/secrets.ts'
import { readItems } from '../../../src/cli/script/items.ts'
import { isMeta, readMeta } from '../../../src/cli/script/read-meta.ts'
import { declarationsOf } from '../../../src/cli/script/variables.ts'
import type { ConfluentqlError } from '../../../src/errors.ts'
import { lex, type Token } from '../../../src/sql/lexer.ts'
import { split } from '../../../src/sql/split.ts'
import type { Random } from '../random.ts'
import { ensure, outcomeOf, type Target } from './target.ts'
import { mutated, randomCharacters, randomTokens, randomScript } from './texts.ts'

const PROVIDERS = fileURLToPath(new URL('../../../dist/providers', import.meta.url))

/** Only blanks and comments. */
const GAP = /^(?:[ \t\n\r\f\ufeff]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*$/

function checkPosition(error: ConfluentqlError, text: string): void {
  ensure(
    error.code === 'SYNTAX' || error.code === 'UNKNOWN_NAME' || error.code === 'USAGE',
    `code ${error.code}: ${error.message}`,
    text,
  )
  if (error.span)
    ensure(
      error.span.start >= 0 && error.span.start <= error.span.end && error.span.end <= text.length,
      `place ${JSON.stringify(error.span)} is outside`,
      text,
    )
}

async function lexes(r: Random): Promise<void> {
  const text = randomScript(r)
  const { value, error } = await outcomeOf(text, () => ({ ...lex(text), pieces: split(text) }))
  if (error) return checkPosition(error, text)
  let at = 0
  for (const token of value.tokens) {
    ensure(
      token.text === text.slice(token.start, token.end) && token.end > token.start,
      `token ${token.text} differs from the text`,
      text,
    )
    ensure(
      token.start >= at && GAP.test(text.slice(at, token.start)),
      `text is lost before ${token.text}`,
      text,
    )
    at = token.end
  }
  ensure(GAP.test(text.slice(at)), 'text is lost at the end', text)
  const inPieces = value.pieces.flatMap(p => p.tokens)
  const noEnds = value.tokens.filter(t => t.kind !== 'op' || t.value !== ';')
  ensure(
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

/** The splitter finds the same statements as SQLite, with the same values. */
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
    `;${randomCharacters(r, 3)}`,
  ])
  const text = r.chance(0.2)
    ? mutated(r, first + tail, [';', "'", '--', '/*', '*/', '"', '[', ']', '`', '\n'])
    : first + tail
  const { value: pieces } = await outcomeOf(text, () => split(text))
  const answer = (sql: string): { readonly row?: unknown; readonly error?: string } => {
    try {
      return { row: db.prepare(sql).raw().get() }
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
  const whole = answer(text)
  if (!pieces)
    return ensure(
      whole.error !== undefined
        || text.includes('\0')
        || /more than one/.test(answer(`${text}\n;SELECT 1`).error ?? ''),
      'SQLite accepts it',
      text,
    )
  // after a semicolon better-sqlite3 decides, and it does not skip a byte order mark
  const isSeveral = /more than one statement/.test(whole.error ?? '') && !text.includes('\ufeff')
  if (pieces.length === 1) ensure(!isSeveral, 'SQLite sees several statements', text)
  // SQLite reads up to a NUL, which a comment may hold
  if (pieces.length > 1)
    ensure(whole.error !== undefined || text.includes('\0'), 'SQLite sees one statement', text)
  if (whole.error !== undefined || pieces.length !== 1) return
  const alone = answer(text.slice(pieces[0]!.start, pieces[0]!.end))
  ensure(
    JSON.stringify(alone) === JSON.stringify(whole),
    `SQLite gives another result for the piece: ${JSON.stringify([whole, alone])}`,
    text,
  )
}

async function itemizes(r: Random): Promise<void> {
  const text = r.chance(0.3)
    ? `${randomTokens(r, 6)};\n${r.pick(['.', '\\'])}${r.pick(['mode', 'x', 'once', 'set', 'read', 'i', 'q', 'quit'])} ${randomTokens(r, 4)}\n${randomTokens(r, 6)}`
    : randomScript(r)
  const { value, error } = await outcomeOf(text, () => readItems(text))
  if (error) return checkPosition(error, text)
  value.items.forEach((item, i) => {
    if (item.kind !== 'meta' || !item.within) return
    // `\g file` comes before its statement, since it is read first
    const next = value.items[i + 1]
    const isAfter =
      next?.kind === 'statement' && item.at.start >= next.piece.end && item.at.end <= text.length
    ensure(isAfter, 'a destination is not at the end of a statement', text)
  })
  const spans = value.items.flatMap(i => (i.kind === 'statement' ? [i.piece] : i.within ? [] : [i.at]))
  spans.forEach((s, i) =>
    ensure(s.start >= (spans[i - 1]?.end ?? 0) && s.end <= text.length, 'items overlap', text),
  )
  let before = 0
  for (const item of value.items) {
    if (item.kind === 'statement') {
      ensure(
        aboutOf(text, linesAbove(text, value.comments, before, item.piece), item.piece).sql
          === shownStatement(text, item.piece),
        'the shown statement differs',
        text,
      )
      before = item.piece.end
      continue
    }
    const line = text.slice(item.at.start, item.at.end)
    ensure(isMeta(line) && !line.includes('\n'), `no meta-command: ${line}`, text)
    const read = await outcomeOf(line, () => readMeta(line))
    if (read.error) checkPosition(read.error, line)
  }
  const declared = await outcomeOf(text, () =>
    declarationsOf(commentLines(text, value.comments, 0, text.length)),
  )
  if (declared.error) checkPosition(declared.error, text)
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
    ? Array.from({ length: r.int(0, 10) }, () => (r.chance(0.5) ? r.pick(NAMES) : randomTokens(r, 2))).join(
        r.pick(['', ' ']),
      )
    : randomScript(r).slice(0, 1500)
  const cursor = r.int(0, text.length)
  const { from, to, candidates, isByParts } = complete(text, cursor, known)
  ensure(from >= 0 && from <= to && to === cursor, `from ${from} to ${to}, cursor ${cursor}`, text)
  const typed = text.slice(from, to).toLowerCase()
  for (const c of candidates)
    ensure(
      isByParts || c.text.toLowerCase().startsWith(typed),
      `${c.text} does not begin with ${typed}`,
      text,
    )
  const styles = highlight(text, parts => parts.length === 3)
  for (const s of styles)
    ensure(
      s.start >= 0 && s.start <= s.end && s.end <= text.length,
      `a style outside: ${JSON.stringify(s)}`,
      text,
    )
  const { items, lines } = scan(text)
  ensure(lines.length === text.split('\n').length, `${lines.length} lines`, text)
  items.forEach((item, i) =>
    ensure(
      item.start >= (items[i - 1]?.end ?? 0)
        && item.end >= (item.hasToken ? item.start + 1 : item.start)
        && item.end <= text.length,
      'items overlap',
      text,
    ),
  )
}

/** The prompt and the splitter find the same statements. */
async function prompts(r: Random): Promise<void> {
  const text = randomScript(r)
  // skip texts with commands, which the prompt also accepts after a semicolon or a comment, or with blanks that SQLite does not accept
  if (/\\|(?:^|;|\*\/)\s*[.#]|^\s*(?:quit|exit)\b|[^\S \t\n\r\f\ufeff]/im.test(text)) return
  const { value: pieces } = await outcomeOf(text, () => split(text))
  if (!pieces) return
  const { items, open } = scan(text)
  const whole = (await outcomeOf(text, () => items.map(i => split(text.slice(i.start, i.end))))).value
  ensure(whole !== undefined, `the prompt cuts where there is no end: ${JSON.stringify(items)}`, text)
  ensure(
    whole.every(w => w.length <= 1),
    'the prompt runs two statements as one',
    text,
  )
  const ends = (tokens: readonly Token[], offset: number): number => tokens.at(-1)!.end + offset
  const seen = whole.flatMap((w, i) => w.map(p => ends(p.tokens, items[i]!.start)))
  ensure(
    open === '/*' || JSON.stringify(seen) === JSON.stringify(pieces.map(p => p.end)),
    `the prompt sees ${JSON.stringify(seen)}, the splitter ${JSON.stringify(pieces.map(p => p.end))}`,
    text,
  )
}

export const SQL: readonly Target[] = [
  { name: 'lexer', defaultCount: 400, open: async () => ({ attempt: lexes }) },
  {
    name: 'statements as SQLite splits them',
    defaultCount: 400,
    open: async () => ({ attempt: likeSqlite }),
  },
  { name: 'script items', defaultCount: 300, open: async () => ({ attempt: itemizes }) },
  {
    name: 'completion',
    defaultCount: 100,
    open: async () => {
      const known = knownOf()
      return { attempt: r => completes(r, known) }
    },
  },
  { name: 'prompt', defaultCount: 200, open: async () => ({ attempt: prompts }) },
]
