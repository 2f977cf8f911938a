// 20,000 statements in one shell on the sandbox, typed at a pseudo-terminal: resident memory and open descriptors of
// the prompt's process (which includes the sandbox's servers) and of the engine's, checked and drawn to docs/pictures/soak.svg. Before
// each sample both collect their garbage: V8 leaves it while there is room, and the line would show that instead of a leak.
// Run by `npm run soak` on the built program; SOAK_STATEMENTS sets the number.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plot } from './plot.mjs'

const COUNT = Number(process.env.SOAK_STATEMENTS ?? 20_000)
const EVERY = Math.max(1, Math.round(COUNT / 200))
/** Endless queries at the end; for each, the engine is killed and restarted. */
const RUNAWAYS = 10
/** Maximum rise of the fitted line over the last two thirds, in MB. */
const RISE = 10
const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const COLLECT = fileURLToPath(new URL('collect.cjs', import.meta.url))
const PICTURES = fileURLToPath(new URL('../docs/pictures', import.meta.url))

const RUNAWAY = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;'
const FAN_OUT =
  'SELECT e.id, c.id FROM confluent.org.environments e JOIN confluent.managed_kafka_clusters.clusters c ON c.environment = e.id ORDER BY 1, 2;'

/** The statements of a round, which leaves the organization unchanged. `cancel`: Ctrl-C is sent while it runs. `fails`: an error is expected. */
const ROUND = [
  { sql: 'SELECT id, email, status FROM confluent.iam.invitations;' },
  {
    sql: "SELECT i.email, u.full_name FROM confluent.iam.invitations i LEFT JOIN confluent.iam.users u ON u.id = i.creator.id WHERE i.status = 'INVITE_STATUS_SENT' ORDER BY 1 LIMIT 5;",
  },
  { sql: 'SELECT * FROM confluent.org.environments;' },
  {
    sql: n =>
      `INSERT INTO confluent.iam.invitations (email, auth_type) VALUES ('soak-${n}@example.com', 'AUTH_TYPE_SSO');`,
  },
  {
    sql: n =>
      `DELETE FROM confluent.iam.invitations WHERE id IN (SELECT id FROM confluent.iam.invitations WHERE email = 'soak-${n}@example.com');`,
  },
  {
    sql: n =>
      `INSERT INTO confluent.iam.service_accounts (display_name, description) VALUES ('soak-${n}', 'a') RETURNING id;`,
  },
  {
    sql: n =>
      `UPDATE confluent.iam.service_accounts SET description = 'b' WHERE id IN (SELECT id FROM confluent.iam.service_accounts WHERE display_name = 'soak-${n}');`,
  },
  {
    sql: n =>
      `DELETE FROM confluent.iam.service_accounts WHERE id IN (SELECT id FROM confluent.iam.service_accounts WHERE display_name = 'soak-${n}');`,
  },
  {
    sql: 'SELECT owner_name, count(*) FROM confluent.iam.api_keys_with_owners GROUP BY 1 ORDER BY 2 DESC LIMIT 3;',
  },
  { sql: 'SELECT nothing FROM confluent.iam.users;', fails: true },
  { sql: "SELECT * FROM confluent.iam.users WHERE id = 'u-nobody';" },
  { sql: 'SELECT FROM;', fails: true },
  { sql: '.mode vertical' },
  { sql: 'SELECT * FROM confluent.iam.users LIMIT 2;' },
  { sql: '.mode table' },
  { sql: '.describe confluent.iam.api_keys' },
  { sql: '.cache on 60' },
  { sql: 'SELECT count(*) FROM confluent.iam.service_accounts;' },
  { sql: 'SELECT count(*) FROM confluent.iam.service_accounts;' },
  { sql: n => `SELECT count(*), ${n} AS n FROM confluent.iam.users WHERE email > 'soak-${n}';` },
  { sql: '.cache off' },
  { sql: 'CREATE TABLE mine AS SELECT id, email FROM confluent.iam.users;' },
  {
    sql: 'SELECT m.email, count(*) FROM mine m JOIN confluent.iam.invitations i ON i.creator.id = m.id GROUP BY 1;',
  },
  { sql: 'DROP TABLE mine;' },
  { sql: FAN_OUT, cancel: true },
  { sql: 'EXPLAIN SELECT * FROM confluent.kafka_topics;' },
  { sql: '.set x 5' },
  { sql: 'SELECT :x + 1 AS six;' },
  { sql: '.unset x' },
  { sql: '.once soak.csv' },
  { sql: 'SELECT id FROM confluent.iam.users;' },
]

/** A shell at a pseudo-terminal. */
class Shell {
  #seen = ''
  #wake = () => {}
  #isEnded = false

  constructor(home) {
    const command = `stty cols 120 rows 40; exec '${process.execPath}' '${PROGRAM}' --sandbox`
    this.child = spawn('script', ['-qfec', command, '/dev/null'], {
      cwd: home,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        HOME: home,
        TMPDIR: home,
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        PAGER: '',
        NODE_OPTIONS: `--expose-gc --require ${JSON.stringify(COLLECT)}`,
      },
    })
    this.child.stdout.setEncoding('utf8').on('data', text => {
      this.#seen += text
      this.#wake()
    })
    this.ended = new Promise(resolve => {
      this.child.once('close', status => {
        this.#isEnded = true
        resolve(status)
        this.#wake()
      })
    })
  }

  /** Waits for the prompt after the typed text, since a prompt may be drawn twice. Returns the output before it. */
  async prompt(typed = '') {
    const limit = setTimeout(() => this.#wake(), 60_000)
    const until = Date.now() + 60_000
    for (;;) {
      const plain = this.#seen.replace(/\x1b\[[\d;?]*[A-Za-z]/g, '')
      const at = plain.indexOf(typed.slice(0, 20))
      if (at >= 0 && /(?:\n|\r)sandbox> ?\r*$/.test(plain.slice(at))) {
        clearTimeout(limit)
        return plain
      }
      if (this.#isEnded || Date.now() > until) throw new Error(`no prompt:\n${plain}`)
      await new Promise(resolve => {
        this.#wake = resolve
      })
    }
  }

  async type(text, { cancel = false } = {}) {
    this.#seen = ''
    this.child.stdin.write(`\x1b[200~${text}\x1b[201~\r`)
    const timer = cancel === false ? undefined : setTimeout(() => this.child.stdin.write('\x03'), cancel)
    try {
      return await this.prompt(text)
    } finally {
      clearTimeout(timer)
    }
  }

  leave() {
    this.child.stdin.write('\x04')
    return this.ended
  }
}

const childrenOf = pid =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
const isNode = pid => /node/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0])
const megabytes = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
/** Resident memory of processes without their garbage. */
async function kept(pids) {
  for (const pid of pids) process.kill(pid, 'SIGUSR2')
  await new Promise(resolve => {
    setTimeout(resolve, 200)
  })
  return pids.map(megabytes)
}
const descriptors = pid => readdirSync(`/proc/${pid}/fd`).length

function processes(shell) {
  const prompt = childrenOf(shell.child.pid).find(isNode)
  const engine = childrenOf(prompt).find(isNode)
  return { prompt, engine }
}

/** Slope and intercept of the least-squares line. */
function fit(points) {
  const n = points.length
  const [mx, my] = [0, 1].map(i => points.reduce((sum, p) => sum + p[i], 0) / n)
  const slope =
    points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
    / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  return { slope, at: x => my + slope * (x - mx) }
}

async function soak(shell) {
  const samples = { prompt: [], engine: [] }
  const counts = { errors: 0, cancelled: 0 }
  let pids = processes(shell)
  const first = pids.engine
  for (let n = 0; n < COUNT; n++) {
    const { sql, fails = false, cancel = false } = ROUND[n % ROUND.length]
    const round = Math.floor(n / ROUND.length)
    const said = await shell.type(typeof sql === 'string' ? sql : sql(round), {
      cancel: cancel && 2 + (round % 40),
    })
    const isError = said.includes('error: ')
    if (said.includes('SQLite was busy')) throw new Error(`statement ${n}: the engine was lost: ${said}`)
    if (cancel && said.includes('cancelled')) counts.cancelled++
    else if (isError !== fails && !cancel) throw new Error(`statement ${n}: ${said}`)
    if (isError) counts.errors++
    if (n % EVERY !== 0) continue
    pids = processes(shell)
    const [prompt, engine] = await kept([pids.prompt, pids.engine])
    samples.prompt.push([n, prompt])
    samples.engine.push([n, engine])
  }
  if (processes(shell).engine !== first) throw new Error('the engine was started anew')
  return { samples, counts }
}

const home = mkdtempSync(join(tmpdir(), 'confluentql-soak-'))
const shell = new Shell(home)
try {
  await shell.prompt()
  // open everything that stays open before counting
  for (let n = 0; n < ROUND.length; n++)
    await shell.type(typeof ROUND[n].sql === 'string' ? ROUND[n].sql : ROUND[n].sql('warm'), {})
  const settled = () =>
    new Promise(resolve => {
      setTimeout(resolve, 6000)
    })
  await settled()
  const count = () =>
    Object.fromEntries(Object.entries(processes(shell)).map(([name, pid]) => [name, descriptors(pid)]))
  const before = count()
  const started = performance.now()
  const { samples, counts } = await soak(shell)
  const seconds = (performance.now() - started) / 1000
  await settled()
  const after = count()
  for (let n = 0; n < RUNAWAYS; n++) {
    const said = await shell.type(RUNAWAY, { cancel: 1500 })
    if (!said.includes('SQLite was busy')) throw new Error(`a runaway was not ended: ${said}`)
  }
  await shell.type(ROUND[0].sql)
  await settled()
  const last = count()
  const status = await shell.leave()
  console.log(
    `${COUNT} statements in ${seconds.toFixed(0)} s (${counts.errors} expected errors, ${counts.cancelled} cancelled), then ${RUNAWAYS} runaways that were ended; left with status ${status}`,
  )
  let isFlat = true
  const lines = []
  for (const [name, points] of Object.entries(samples)) {
    const late = points.filter(([n]) => n >= COUNT / 3)
    const { slope, at } = fit(late)
    const rise = (slope * COUNT * 2) / 3
    if (rise > RISE) isFlat = false
    lines.push({
      name: `${name}, fitted`,
      points: [
        [COUNT / 3, at(COUNT / 3)],
        [COUNT, at(COUNT)],
      ],
      kind: 'dashes',
    })
    const most = Math.max(...points.map(p => p[1]))
    console.log(
      `${name}: ${at(COUNT / 3).toFixed(0)} MB after a third, ${at(COUNT).toFixed(0)} MB at the end of the fitted line (${rise >= 0 ? '+' : ''}${rise.toFixed(1)} MB), at most ${most.toFixed(0)} MB; `
        + `${before[name]} descriptors at the start, ${after[name]} at the end, ${last[name]} after the runaways`,
    )
  }
  if (process.env.SOAK_STATEMENTS === undefined) {
    mkdirSync(PICTURES, { recursive: true })
    writeFileSync(
      join(PICTURES, 'soak.svg'),
      plot({
        title: `Memory of one shell over ${COUNT.toLocaleString('en')} statements`,
        x: { label: 'statements' },
        y: { label: 'resident memory, MB', min: 0 },
        series: [
          { name: 'prompt and sandbox', points: samples.prompt },
          { name: 'engine', points: samples.engine },
          ...lines,
        ],
      }),
    )
  }
  const isClosed = ['prompt', 'engine'].every(
    name => after[name] <= before[name] && last[name] <= before[name],
  )
  if (!isFlat || !isClosed) {
    console.log(
      `failed:${isFlat ? '' : ` memory rises by more than ${RISE} MB over the last two thirds`}${isClosed ? '' : ' descriptors stay open'}`,
    )
    process.exitCode = 1
  }
} finally {
  shell.child.kill('SIGKILL')
  await shell.ended
  rmSync(home, { recursive: true, force: true })
}
