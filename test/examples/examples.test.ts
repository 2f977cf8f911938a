import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sandboxed } from '../cli/support.ts'
import { EXAMPLES, headOf, readme, scripts } from './scripts.ts'

const OUTPUT = `${EXAMPLES}output/`
const UPDATE = process.env.UPDATE_EXAMPLES !== undefined

/** How many requests each script sends to the sandbox. */
const REQUESTS: Readonly<Record<string, number>> = {
  '01-stale-invitations': 6,
  '02-users-without-roles': 10,
  '03-local-users': 7,
  '04-old-api-keys': 7,
  '05-api-keys-without-owner': 7,
  '06-api-keys-for-lost-clusters': 14,
  '07-roles-by-principal': 16,
  '08-broad-roles': 16,
  '09-unused-service-accounts': 20,
  '10-costs-by-cluster': 5,
  '11-cluster-safety': 8,
  '12-connectors-in-trouble': 11,
  '13-risky-topics': 16,
  '14-consumer-lag': 28,
  '15-quota-headroom': 9,
  '16-wildcard-acls': 11,
  '17-flink-trouble': 10,
  '18-expiring-certificates': 2,
  '19-topic-throughput': 7,
  '20-unused-topics': 13,
  '21-cluster-load': 5,
  '22-api-keys-of-people': 7,
  '23-administrator-keys': 11,
  '24-open-ip-groups': 2,
  '25-without-ip-filter': 3,
  '26-roles-of-nobody': 16,
  '27-administrators-by-group': 16,
  '28-encryption-keys': 5,
  '29-network-trouble': 19,
  '30-unused-networks': 16,
  '31-unheard-alerts': 2,
  '32-stream-shares': 5,
  '33-rising-costs': 3,
  '34-idle-clusters': 7,
  '35-mixed-environments': 23,
  '36-spare-api-keys': 7,
}

/** Scripts that list, without saying what is wrong. */
const REPORTS = ['07-roles-by-principal', '10-costs-by-cluster', '19-topic-throughput']

/** One cluster of the sandbox has no address yet. */
const EXPECTED_NOTICE =
  /^notice: kafka\.kafka\.\w+ was not read for cluster_id lkc-5p8b6m, where rest_endpoint is empty /

const all = scripts()

/** Reads what is expected, or writes it with UPDATE_EXAMPLES=1. */
function expected(name: string, got: string): string {
  if (UPDATE) {
    mkdirSync(OUTPUT, { recursive: true })
    writeFileSync(`${OUTPUT}${name}.txt`, got)
  }
  return readFileSync(`${OUTPUT}${name}.txt`, 'utf8')
}

describe.concurrent('each script, run as the README says', () => {
  test.each(all)('$name', async ({ name, args }) => {
    expect(args, 'its command line in examples/README.md').toBeDefined()
    const { status, stdout, stderr } = await sandboxed(['--trace', ...args!])
    const lines = stderr.split('\n').filter(line => line !== '')
    const sent = lines.filter(line => /^[A-Z]+ http/.test(line))
    const told = lines.filter(line => !sent.includes(line))
    expect([status, told.filter(line => !EXPECTED_NOTICE.test(line))]).toEqual([0, []])
    expect(sent.filter(line => !/^(?:GET |POST \S+\/query )/.test(line))).toEqual([])
    expect(sent.length).toBe(REQUESTS[name])
    expect(stdout).toBe(expected(name, stdout))
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(2)
  })
})

describe('the folder', () => {
  test('has no output without a script', () => {
    expect(readdirSync(OUTPUT).sort()).toEqual(all.map(({ name }) => `${name}.txt`))
  })

  test.each(all)('$name begins with what it tells and what it needs', script => {
    const head = headOf(script)
    expect(head[0]).toMatch(/^title: \S/)
    expect(head.filter(line => /^keys: .*Cloud API key/.test(line))).toHaveLength(1)
    const told = head
      .flatMap(line => [...line.matchAll(/^var: (\w+) \w+.* -- \S/g)].map(([, name]) => name))
      .sort()
    const sql = script.text.replace(/^--.*$/gm, '').replace(/'[^']*'/g, '')
    const used = [...new Set([...sql.matchAll(/:(\w+)/g)].map(([, name]) => name))].sort()
    expect(told).toEqual(used)
  })

  test('has checks that differ in their text, all but the plain reports', () => {
    const named = all.map(script => headOf(script).find(line => line.startsWith('check: ')))
    expect(new Set(named.filter(Boolean)).size).toBe(all.length - REPORTS.length)
    expect(all.filter((_, i) => named[i] === undefined).map(({ name }) => name)).toEqual(REPORTS)
  })

  test('has a question in the README for each script, and no other', () => {
    const listed = [...readme().matchAll(/^\| .+ \| \[(.+?)\]\((.+?)\.sql\) \| .+ \| .+ \|$/gm)]
    expect(listed.map(([, shown, file]) => [shown, file]).sort()).toEqual(all.map(({ name }) => [name, name]))
    for (const [row, name] of listed) {
      const head = headOf(all.find(script => script.name === name)!).join('\n')
      expect([name, row.endsWith(' kafka |')]).toEqual([name, head.includes('Kafka API key')])
      expect([name, row.endsWith(' flink |')]).toEqual([name, head.includes('Flink API key')])
    }
  })
})
