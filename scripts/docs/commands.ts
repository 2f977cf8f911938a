import { capital } from '../../src/cli/args/help.ts'
import { COMMANDS, EVERYWHERE, OPTIONS, signature } from '../../src/cli/args/grammar.ts'
import { GROUPS, type OptionSpec } from '../../src/cli/args/spec.ts'
import { cell, code, table } from '../../src/cli/reference/markdown.ts'

/** docs/command-line.md: every command and option, from the grammar of the command line. */
export function commandPage(): string {
  return `${[
    '# The command line',
    '',
    '<!-- Made by npm run docs from src/cli/args/grammar.ts; change that. -->',
    '',
    'Options may stand before and after SQL. `-qo json`, `-ojson`, `-o json` and `--output=json` are all read; `--` ends the options.',
    'Rows go to standard output, everything else to standard error. The exit status is 0 if all went well, 1 if a statement failed,',
    '2 if the command line is wrong or credentials are missing, 3 if `diff`, `provider drift` or `provider check` found something,',
    '4 if nothing failed but `--skip-unreachable` or `export` left something out, 130 if it was interrupted.',
    '',
    '## Commands',
    '',
    ...COMMANDS.flatMap(c => [
      `### ${c.name === 'run' ? 'confluentql [SQL]' : `confluentql ${signature(c)}`}`,
      '',
      `${capital(c.help)}.`,
      '',
      ...(c.actions
        ? [
            ...table(
              ['action', 'about'],
              c.actions.map(a => [code(signature(a)), cell(`${capital(a.help)}.`)]),
            ),
            '',
          ]
        : []),
      ...c.about.flatMap(text => [cell(text), '']),
      '```sh',
      ...c.examples.map(e => `confluentql ${e}`),
      '```',
      '',
    ]),
    '## Options',
    '',
    ...GROUPS.flatMap(group => [
      `### ${group}`,
      '',
      ...optionTable(OPTIONS.filter(o => o.group === group)),
      '',
    ]),
    '### Of every command',
    '',
    ...optionTable(EVERYWHERE),
  ].join('\n')}\n`
}

function optionTable(options: readonly Partial<OptionSpec>[]): string[] {
  return table(
    ['option', 'about', 'of'],
    options.map(({ name, short, value, help = '', commands, excludes }) => [
      [
        ...(short === undefined ? [] : [code(`-${short}`)]),
        code(`--${name}${value === undefined ? '' : ` ${value}`}`),
      ].join(' '),
      cell(`${help}${excludes ? `; not with ${excludes.map(e => code(`--${e}`)).join(', ')}` : ''}`),
      (commands ?? []).map(c => (c === 'run' ? 'SQL' : c)).join(', '),
    ]),
  )
}
