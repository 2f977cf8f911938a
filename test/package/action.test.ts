import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { folder, PROGRAM, spawned } from '../cli/support.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

interface Action {
  readonly inputs: Record<string, { readonly required?: boolean; readonly default?: string }>
  readonly runs: { readonly steps: { run?: string; shell?: string; env?: Record<string, string> }[] }
}
const action = parse(read('action.yml')) as Action

/** Runs the commands of the action as a runner does, in a folder with these files. In place of npm is a script that links the program. */
async function act(
  given: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): Promise<{ status: number | null; stdout: string; stderr: string; read: (file: string) => string }> {
  const dir = folder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'npm'),
    `#!/bin/sh\necho "$@" >npm.log\nmkdir -p "$3/node_modules/.bin"\nprintf '#!/bin/sh\\nexec ${process.execPath} ${PROGRAM} "$@" --sandbox\\n' >"$3/node_modules/.bin/confluentql"\nchmod +x "$3/node_modules/.bin/confluentql"\n`,
    { mode: 0o755 },
  )
  const unknown = Object.keys(given).filter(name => !(name in action.inputs))
  expect(unknown).toEqual([])
  const inputs = Object.entries(action.inputs).map(
    ([name, { default: value }]) => [name, given[name] ?? value] as const,
  )
  let outcome = { status: 0 as number | null, stdout: '', stderr: '' }
  for (const { run, shell, env = {} } of action.runs.steps) {
    if (run === undefined || outcome.status !== 0) continue
    expect([shell, run.includes('${{')]).toEqual(['bash', false])
    const values = Object.entries(env).map(([name, text]) => {
      const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text)![1]!
      return [name, new Map(inputs).get(input)!] as const
    })
    outcome = await spawned('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: dir,
      env: {
        ...Object.fromEntries(values),
        PATH: `${bin}:${process.env.PATH}`,
        RUNNER_TEMP: join(dir, 'temp of the runner'),
        GITHUB_OUTPUT: join(dir, 'output'),
      },
    })
  }
  return { ...outcome, read: file => readFileSync(join(dir, file), 'utf8') }
}

describe('the action for GitHub', () => {
  it('installs the version, and runs what the example asks for', async () => {
    const workflow = parse(read('examples/jobs/github-action.yml')) as {
      jobs: { keys: { steps: { uses?: string; with?: Record<string, string> }[] } }
    }
    const step = workflow.jobs.keys.steps.find(({ uses }) => uses?.includes('/confluentql@'))!
    const audit =
      "-- check: nobody is at example.org\nSELECT id, email FROM confluent.iam.users WHERE email LIKE '%example.org';"
    const { status, read: text } = await act(
      { ...step.with, version: '0.1.0' },
      { 'audit.sql': audit, 'accepted.yaml': '' },
    )
    expect([status, text('output')]).toEqual([3, 'status=3\n'])
    expect(text('npm.log')).toMatch(
      /^install --prefix .*temp of the runner\/confluentql .*confluentql@0\.1\.0\n$/,
    )
    expect(text('findings.md')).toContain('| found | medium |')
    expect(text('findings.xml')).toContain('<testsuites')
  })

  it('takes values as texts, whatever they are', async () => {
    const name = 'a "b" $(touch broken).sql'
    const { status, stdout } = await act(
      { script: `${name}\n`, format: 'csv', arguments: '--var=n=$(echo 1)\n\n--no-header' },
      { [name]: 'SELECT :n;' },
    )
    expect([status, stdout]).toEqual([0, '$(echo 1)\n'])
  })
})
