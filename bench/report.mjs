import { readFileSync, writeFileSync } from 'node:fs'
import { at } from './tools.mjs'

const PAGE = at('docs/performance.md')
const BEGIN = '<!-- measured -->'
const END = '<!-- /measured -->'

const number = value =>
  Number.isInteger(value) && value < 1000
    ? String(value)
    : value >= 1000
      ? Math.round(value).toLocaleString('en-US')
      : value >= 100
        ? value.toFixed(0)
        : value.toFixed(1)

const HEAD = ['| what | here | floor | ratio | goal | met |', '|---|--:|---|--:|--:|---|']

function rowText(r) {
  const unitOf = { '×': 'ms', '× its rate': 'rows/ms', MB: 'MB', ms: 'ms', packages: '' }
  const unit = r.of ?? unitOf[r.unit]
  const ratio = r.unit.startsWith('×')
    ? `**${r.value.toFixed(2)} ×**`
    : r.unit === 'ms' || r.unit === 'packages'
      ? `**${number(r.value)} ${r.unit}**`
      : `**${r.theirs === undefined ? '' : '+'}${number(r.value)} ${r.unit}**`
  const goal =
    r.unit === '× its rate' ? `≥ ${r.goal} ×` : r.unit === '×' ? `≤ ${r.goal} ×` : `≤ ${r.goal} ${r.unit}`
  return `| ${r.what} | ${number(r.ours)} ${unit} | ${r.against}${r.theirs === undefined ? '' : `: ${number(r.theirs)} ${unit}`} | ${ratio} | ${goal} | ${r.met ? 'yes' : '**no**'} |`
}

const whatOf = line => line.split(' | ')[0]

/** The rows of the table so far, with new ones in the places of those of the same name, or after the one measured before them. */
function mergedRows(lines, rows) {
  const all = [...lines]
  let last = all.length - 1
  for (const text of rows.map(rowText)) {
    const place = all.findIndex(line => whatOf(line) === whatOf(text))
    if (place >= 0) all[(last = place)] = text
    else all.splice(++last, 0, text)
  }
  return all
}

function growthTable({ title, head, rows, picture }) {
  return [
    `### ${title}`,
    '',
    `![${title}](${picture})`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '--:').join('|')}|`,
    ...rows.map(r => `| ${r.map(v => (typeof v === 'number' ? number(v) : v)).join(' | ')} |`),
  ].join('\n')
}

/**
 * Replaces the text between the marks in docs/performance.md. If only some cases were measured, the rows of the others stay, and
 * a sentence says which rows are from this run.
 */
export function writeSection({ rows, growth = [], names, machine, times, command }) {
  const text = readFileSync(PAGE, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no ${BEGIN} … ${END}`)
  const isWhole = names.length === 0
  const [table, ...tables] = text
    .slice(begin + BEGIN.length, end)
    .trim()
    .split(/\n+## Growth\n+/)
  const [, said, old] = /^([^|]*)(.*)$/s.exec(table)
  const measured = `Measured with \`${command.trim()}\` on ${machine}; medians of ${times} (of memory, one run), each case alternating with its floor.`
  const ofSame = ` of ${names.join(', ')}.`
  const known = said
    .trim()
    .split('\n\n')
    .filter(paragraph => !paragraph.endsWith(ofSame))
  const again = `Measured again, by \`${command.trim()}\` on ${machine}: the rows${ofSame}`
  const section = [
    ...(isWhole ? [measured] : [...known, again]),
    [
      ...HEAD,
      ...mergedRows(isWhole ? [] : old.split('\n').filter(line => /^\| (?!what \|)/.test(line)), rows),
    ].join('\n'),
    ...(growth.length > 0
      ? ['## Growth', ...growth.map(growthTable)]
      : tables.flatMap(t => ['## Growth', t])),
  ].join('\n\n')
  writeFileSync(PAGE, `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`)
}
