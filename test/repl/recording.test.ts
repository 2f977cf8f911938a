import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { untilBusy } from '../support/busy.ts'
import { drawing } from './drawing.ts'
import { processes, PtyShell } from './pty.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../docs/${path}`, import.meta.url))
const [PAGE, PICTURE] = [at('session.md'), at('pictures/shell.svg')]

interface Scene {
  readonly title: string
  readonly text: string
  /** What is typed, and what the screen ends with when the next is. */
  readonly keys: readonly (readonly [keys: string | typeof BUSY, seen: RegExp])[]
}

/** Stands for keys: time in which SQLite begins with what was typed. */
const BUSY = Symbol('busy')
const PROMPT = /sandbox>$/
const DONE = /\(\d+ rows?[, ].*\)\nsandbox>$/
const SENT = `SELECT i.email, i.expires_at, u.full_name AS sent_by
FROM confluent.iam.invitations i JOIN confluent.iam.users u ON u.id = i.creator.id
WHERE i.status = 'INVITE_STATUS_SENT'  -- not answered yet
ORDER BY i.expires_at LIMIT 5;`

const SCENES: readonly Scene[] = [
  {
    title: 'A statement of several lines',
    text: 'Two tables of the API, joined; the users are asked for by the ids that the invitations have.',
    keys: [[`${SENT.replaceAll('\n', '\r')}\r`, DONE]],
  },
  {
    title: 'Completion',
    text: "Tab completed `inv`, `sta`, `'` and `ST` here. Where there are several ways to go on, Tab again lists them. `\\gx` instead of `;` shows a line for each value.",
    keys: [
      ['SELECT email, status, creator.id FROM confluent.iam.inv\t', /invitations ?$/],
      ['\rWHERE sta\t', /status$/],
      [" = '\t", /'INVITE_STATUS_$/],
      ['\t', /EXPIRED'\n[^]*INVITE_STATUS_$/],
      ['ST\t', /STAGED' ?$/],
      ['LIMIT 1 \\gx\r', DONE],
    ],
  },
  {
    title: 'A report',
    text: '`.once` sends the next result to a file, in the format that its name says; `\\x` turns on a line for each value for all results, and then back to tables.',
    keys: [
      ['.once report.html\r', /html\nsandbox>$/],
      ['SELECT owner_name, count(*) AS keys FROM confluent.iam.api_keys_with_owners GROUP BY 1;\r', DONE],
      ['\\x\r', /again: auto\)\nsandbox>$/],
      ['SELECT id, email FROM confluent.iam.users LIMIT 1;\r', DONE],
      ['\\x\r', /expanded: auto .*\nsandbox>$/],
    ],
  },
  {
    title: 'The cache',
    text: '`.cache on` answers repeated reads from a cache, and says so next to the count of rows.',
    keys: [
      ['.cache on\r', /300 s\nsandbox>$/],
      ['SELECT count(*) AS users FROM confluent.iam.users;\r', DONE],
      ['\x1b[A\r', /from the cache, .*\)\nsandbox>$/],
    ],
  },
  {
    title: 'Again and again',
    text: '`\\watch` repeats a statement until Ctrl-C.',
    keys: [
      ['.cache off\r', /off\nsandbox>$/],
      [
        'SELECT count(*) AS keys FROM confluent.iam.api_keys \\watch 1\r',
        /\(1 row[^\n]*\)\n[^\n]*ends it\)\n[^(]*\(1 row[^\n]*\)$/,
      ],
      ['\x03', PROMPT],
    ],
  },
  {
    title: 'Ctrl-C',
    text: 'Ctrl-C cancels whatever runs. A query that keeps SQLite busy is killed with its process, and the session keeps its state.',
    keys: [
      [
        'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;\r',
        /FROM n;$/,
      ],
      [BUSY, /$/],
      ['\x03', /kept\)\nsandbox>$/],
    ],
  },
]

/** Types the whole session; what the screen showed, as a page, and the first scenes as a picture. */
async function record(): Promise<{ readonly page: string; readonly picture: string }> {
  const shell = new PtyShell(['--sandbox'], { height: 50 })
  await shell.until(PROMPT)
  let page =
    '# A session\n\nTyped at a terminal and written down by `npm run recording`, from the sandbox on 2026-11-01; a test repeats it.\n\n'
  let row = 0
  let end = 0
  for (const [i, { title, text, keys }] of SCENES.entries()) {
    for (const [typed, seen] of keys)
      await (typed === BUSY ? untilBusy(processes(shell, 'dist/engine.js')[0]!) : shell.type(typed, seen))
    const to = shell.screen.row
    const shown = shell.screen.text.split('\n').slice(row, to).join('\n')
    page += `## ${title}\n\n${text}\n\n\`\`\`console\n${shown}\n\`\`\`\n\n`
    row = to
    if (i === 1) end = to
  }
  expect(existsSync(join(shell.home, 'report.html'))).toBe(true)
  expect(await shell.leave()).toBe(0)
  return { page: page.trimEnd() + '\n', picture: drawing(shell.screen, 0, end) }
}

/** Without what differs from one time to the next. */
const lasting = (text: string): string =>
  text
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replaceAll(/\d\d?\.\d\d s/g, 'SECONDS')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(/g, 'TIME (')
    .replaceAll(/confluentql \d+\.\d+\.\d+/g, 'VERSION')
    .replaceAll(/ textLength="[\d.]+"/g, '')

it('docs/session.md matches what the shell shows', async () => {
  const { page, picture } = await record()
  if (process.env.UPDATE_RECORDING) {
    writeFileSync(PAGE, page)
    writeFileSync(PICTURE, picture)
  }
  expect(lasting(readFileSync(PAGE, 'utf8')), 'docs/session.md is stale: npm run recording').toBe(
    lasting(page),
  )
  expect(lasting(readFileSync(PICTURE, 'utf8')), 'docs/pictures/shell.svg is stale: npm run recording').toBe(
    lasting(picture),
  )
})
