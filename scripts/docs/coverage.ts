import type { Catalog, Verb } from '../../src/catalog/types.ts'
import { code, table } from '../../src/cli/reference/markdown.ts'

const BEGIN = '<!-- npm run docs writes from here … -->'
const END = '<!-- … to here -->'
const VERBS: readonly Verb[] = ['select', 'insert', 'update', 'replace', 'delete', 'exec']
const STAGES = ['preview', 'early access', 'deprecated'] as const

/** docs/coverage.md with a new table of services; the text around it is kept. Throws if the marks around the table are missing. */
export function withCoverage(text: string, catalog: Catalog): string {
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error('docs/coverage.md has lost the marks of its table')
  return `${text.slice(0, from)}${[BEGIN, '', ...coverageTable(catalog), '', END].join('\n')}${text.slice(to + END.length)}`
}

function coverageTable(catalog: Catalog): string[] {
  const rows = catalog.providers().flatMap(provider =>
    provider.services.map(service => {
      const resources = [...(catalog.service(provider.name, service.name)?.values() ?? [])]
      const methods = resources.flatMap(resource => resource.methods)
      const staged = STAGES.map(
        stage => [methods.filter(method => method.stage === stage).length, stage] as const,
      )
      const stages = staged
        .filter(([n]) => n > 0)
        .map(one => one.join(' '))
        .join(', ')
      const numbers = [
        resources.length,
        methods.length,
        ...VERBS.map(verb => methods.filter(method => method.verb === verb).length),
      ]
      return {
        name: `[${provider.name}.${service.name}](reference/${provider.name}/${service.name}.md)`,
        numbers,
        stages,
      }
    }),
  )
  const sums = rows[0]?.numbers.map((_, i) => rows.reduce((n, row) => n + (row.numbers[i] ?? 0), 0)) ?? []
  return table(
    ['service', 'resources', 'methods', ...VERBS.map(verb => code(verb.toUpperCase())), 'stage'],
    [
      ...rows.map(({ name, numbers, stages }) => [name, ...numbers.map(String), stages]),
      ['**all**', ...sums.map(n => `**${n}**`), ''],
    ],
  )
}
