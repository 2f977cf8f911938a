// npm run bench [-- NAME…] [-- --times N] [-- --write]: measures each case and its floor in the same run and prints
// ratios. --write puts the tables, and the plots of growth, into docs/performance.md.
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { MEMORY_CASES, PROGRAM_CASES } from './cases.mjs'
import { growthTables } from './growth.mjs'
import { answerTimes } from './mcp.mjs'
import { PROVIDER_CASES } from './providers.mjs'
import { keyTimes } from './repl.mjs'
import { writeSection } from './report.mjs'
import { serveRows } from './serve.mjs'
import { installedSizes } from './size.mjs'
import { at, median, startServer } from './tools.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '10' }, write: { type: 'boolean', default: false } },
})
const times = Number(values.times)
const wanted = name => positionals.length === 0 || positionals.includes(name)
const rows = []
const server = await startServer()

for (const { name, what, against, goal, unit = '×', run } of [
  ...PROGRAM_CASES,
  ...PROVIDER_CASES,
  ...MEMORY_CASES,
]) {
  if (!wanted(name)) continue
  const { ours, theirs } = await run(times, server)
  add({ name, what, against, ours, theirs, value: unit === '×' ? ours / theirs : ours - theirs, goal, unit })
}
if (wanted('load')) {
  const { parse, all, three } = micro('load')
  add({
    name: 'load',
    what: 'page text into SQLite, all 11 columns, no HTTP',
    against: 'JSON.parse of the same text',
    ours: 20_000 / all,
    theirs: 20_000 / parse,
    value: parse / all,
    goal: 0.8,
    unit: '× its rate',
  })
  add({
    name: 'load',
    what: 'the same, 3 columns',
    against: 'JSON.parse of the same text',
    ours: 20_000 / three,
    theirs: 20_000 / parse,
    value: parse / three,
    goal: 2,
    unit: '× its rate',
  })
}
if (wanted('plan')) {
  const { join, in: list, insert } = micro('plan')
  for (const [what, value, goal] of [
    ['planning a join of four tables, again', join, 1.5],
    ['planning IN with 1,000 values', list, 10],
    ['planning an INSERT of 10,000 rows', insert, 100],
  ]) {
    add({ name: 'plan', what, against: '–', ours: value, value, goal, unit: 'ms' })
  }
}
if (wanted('shell')) {
  const { key, tab } = await keyTimes()
  for (const [what, value, goal] of [
    ['shell: key press to screen, in a statement of 140 characters', key, 5],
    ['shell: Tab, columns of two tables', tab, 20],
  ]) {
    add({ name: 'shell', what, against: '–', ours: value, value, goal, unit: 'ms' })
  }
}
if (wanted('mcp')) {
  const { query, search } = await answerTimes(times, server)
  for (const [what, value] of [
    ['`confluentql mcp`: from its start to the answer of a query of one page', query],
    ['the same, to the answer of a search', search],
  ]) {
    add({ name: 'mcp', what, against: '–', ours: value, value, goal: 400, unit: 'ms' })
  }
}
if (wanted('serve')) for await (const row of serveRows(times, server)) add(row)
if (wanted('size')) {
  const { ours, theirs } = installedSizes()
  add({
    name: 'size',
    what: 'installed size, not compiled',
    against: 'better-sqlite3 alone',
    ours: ours.bytes / 1e6,
    theirs: theirs.bytes / 1e6,
    value: (ours.bytes - theirs.bytes) / 1e6,
    goal: 5,
    unit: 'MB',
  })
  add({
    name: 'size',
    what: 'installed packages',
    against: 'better-sqlite3 alone',
    ours: ours.packages,
    theirs: theirs.packages,
    value: ours.packages,
    goal: 25,
    unit: 'packages',
  })
}
const growth = wanted('growth') ? await growthTables(server) : undefined
server.close()
const machine = `${availableParallelism()} cores (${cpus()[0].model.trim()}), Node ${process.version}`
console.log(machine)
if (values.write)
  writeSection({
    rows,
    growth,
    names: positionals,
    machine,
    times,
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
  })

/** Medians of several processes: other load can last longer than one of them. */
function micro(what) {
  const runs = Array.from({ length: 5 }, () =>
    JSON.parse(
      execFileSync(process.execPath, [at('bench/micro.mjs'), what, String(times)], { encoding: 'utf8' }),
    ),
  )
  return Object.fromEntries(Object.keys(runs[0]).map(name => [name, median(runs.map(r => r[name]))]))
}

function add(row) {
  const isRate = row.unit === '× its rate'
  const met = isRate ? row.value >= row.goal : row.value <= row.goal
  rows.push({ ...row, met })
  const shown =
    row.unit === '×' || isRate ? `${row.value.toFixed(2)} ${row.unit}` : `${row.value.toFixed(1)} ${row.unit}`
  console.log(
    `${row.name.padEnd(9)} ${row.ours.toFixed(1).padStart(9)} ${(row.theirs?.toFixed(1) ?? '').padStart(9)}  ${shown}  goal ${row.goal} ${met ? 'met' : 'NOT MET'}  ${row.what}`,
  )
}
