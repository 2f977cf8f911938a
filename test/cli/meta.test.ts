import { describe, expect, it } from 'vitest'
import { metaHelp } from '../../src/cli/script/help.ts'
import { FORMAT_NAMES } from '../../src/render/renderer.ts'
import { HELP_TOPICS } from '../../src/cli/script/help-topics.ts'
import { insteadOf } from '../../src/cli/script/habits.ts'
import { META, spellings } from '../../src/cli/script/meta.ts'
import { isMeta, readMeta } from '../../src/cli/script/read-meta.ts'

const read = (line: string): readonly [string, ...string[]] => {
  const { command, args } = readMeta(line)
  return [command.name, ...args]
}

describe('the list of meta-commands', () => {
  it('has each spelling once', () => {
    const all = META.flatMap(spellings)
    expect(all.filter((s, i) => all.indexOf(s) !== i)).toEqual([])
  })

  it('has the spellings of sqlite3 and of psql', () => {
    const all = new Set(META.flatMap(spellings))
    const wanted =
      '.help .tables .schema .describe .mode .output .once .read .timer .headers .nullvalue .explain .trace .watch .edit .set .profile .cache .quit \\d \\dt \\x \\o \\i \\timing \\watch \\e \\set \\q \\?'
    expect(wanted.split(' ').filter(w => !all.has(w))).toEqual([])
  })

  it('.help lists all, or all spellings of one', () => {
    expect(META.filter(c => !metaHelp(undefined, 80).includes(` .${c.name} `))).toEqual([])
    expect(metaHelp('timing', 80)).toBe(
      '.timer [on|off]\n\\timing [on|off]\n  the time of each statement, beside its numbers of rows and requests\n',
    )
    for (const line of metaHelp(undefined, 45).split('\n')) expect(line.length).toBeLessThanOrEqual(45)
    expect(metaHelp(undefined, 45)).toContain('\n.timer \\timing\n  the time of each statement\n')
    expect(metaHelp('.mode', 80)).toBe(metaHelp('mode', 80))
    for (const word of ['formats', '.totals', 'total', 'money'])
      expect(metaHelp(word, 80)).toMatch(/\.format cost money total/)
    expect(metaHelp('.format', 80)).toContain(metaHelp('formats', 80))
    expect(metaHelp('title', 80)).toMatch(/-- title: /)
    expect(metaHelp('mode', 80).split('\n')[0]).toBe('.mode [FORMAT]')
    const described = new Set(metaHelp('mode', 80).match(/(?<=^  (?:\w+, )?)\w+/gm))
    expect(FORMAT_NAMES.filter(name => !described.has(name))).toEqual([])
    for (const line of metaHelp('mode', 80).split('\n').slice(3)) expect(line.length).toBeLessThanOrEqual(80)
    for (const word of ['formats', 'mode']) expect(metaHelp(word, 80)).toMatch(/csv has an apostrophe/)
    for (const topic of HELP_TOPICS)
      for (const line of metaHelp(topic, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(() => metaHelp('tabels', 80)).toThrow('did you mean "tables"')
  })
})

describe('a line of a script', () => {
  it.each([
    ['.mode csv', 'mode', 'csv'],
    ['  \\x', 'expanded'],
    ['\\?', 'help'],
    ['\\d confluent.iam.users;', 'describe', 'confluent.iam.users'],
    ['.tables;', 'tables'],
    ['.once a.csv -- for the auditors', 'once', 'a.csv'],
    ['.once "my file.csv"', 'once', 'my file.csv'],
    [".set who 'it''s;'", 'set', 'who', "it's;"],
    ['.set d "2026-01-01";  -- a day', 'set', 'd', '2026-01-01'],
    [".nullvalue ''", 'nullvalue', ''],
    ["\\pset null '(none)'", 'nullvalue', '(none)'],
    ['\\pset pager off', 'pager', 'off'],
    ['\\pset format csv', 'mode', 'csv'],
    ['.pager less -S', 'pager', 'less', '-S'],
    ['.output a;b.csv', 'output', 'a;b.csv'],
    ['.once C:\\tmp\\a.csv', 'once', 'C:\\tmp\\a.csv'],
    ['.once --odd.csv', 'once', '--odd.csv'],
    ['.mode csv\r', 'mode', 'csv'],
  ])('%s', (line, ...expected) => {
    expect(isMeta(line)).toBe(true)
    expect(read(line)).toEqual(expected)
  })

  it.each(['SELECT 1', '.5 + 1', '-- .mode csv', '\\', '\\ d', '..'])('is not a meta-command: %s', line => {
    expect(isMeta(line)).toBe(false)
  })

  it.each([
    ['\\l', /^no command \\l$/, /^SHOW PROVIDERS, SHOW SERVICES IN provider/],
    ['\\dn+', /^no command \\dn\+$/, /^SHOW PROVIDERS/],
    ['\\! ls', /^no command \\!$/, /^system commands/],
    ['\\!ls', /^no command \\!$/, /^system commands/],
    ['\\pset border 2', /^no command \\pset$/, /\.nullvalue TEXT/],
    ['.import a.csv t', /^no command \.import$/, /no file is read into a table/],
    ['\\t', /^no command \\t$/, /^\.headers off/],
    ['\\sv+ x', /^no command \\sv\+$/, /^\\d\+ NAME/],
    ['\\dT', /^no command \\dT$/, /^\.tables lists/],
    ['.chart', /^no command \.chart$/, /^\.mode chart before the statement/],
    ['\\g', /^no command \\g$/, /^it replaces the ; of a statement/],
    ['.toString', /^no command \.toString$/, /^\.help lists them$/],
  ])('of another shell is an error with a hint what to use instead: %s', (line, message, hint) => {
    expect(isMeta(line)).toBe(true)
    expect(() => readMeta(line)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      }),
    )
  })

  it('has no hint for a command that exists here', () => {
    expect(META.flatMap(spellings).filter(s => insteadOf(s) !== undefined)).toEqual([])
    expect(() => metaHelp('\\copy', 80)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('.once FILE') as string }),
    )
  })

  it.each([
    ['.moed csv', 'no command .moed; did you mean ".mode"?'],
    ['\\tming', 'no command \\tming; did you mean "\\timing"?'],
    ['.once', '.once needs FILE'],
    ['.once a b', '.once does not take "b"'],
    ['\\q now', '\\q does not take "now"'],
    [".once 'a", '.once: a quote is not closed'],
  ])('%s: %s', (line, message) => {
    expect(() => readMeta(line)).toThrow(message)
  })
})
