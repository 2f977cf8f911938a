// Runs the official Terraform provider against the sandbox: creates, changes and destroys resources of its types, and
// plans after each step, which must find nothing to do. TERRAFORM and TERRAFORM_PROVIDER are the paths of the two
// programs; arguments are names of files in terraform/, all by default. It ends with status 1 if a step fails.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = fileURLToPath(new URL('terraform', import.meta.url))
const { TERRAFORM = 'terraform', TERRAFORM_PROVIDER: provider } = process.env
if (provider === undefined)
  throw new Error('set TERRAFORM_PROVIDER to the path of a built terraform-provider-confluent')

const folder = mkdtempSync(join(tmpdir(), 'confluentql-terraform-'))
const home = join(folder, 'home')
mkdirSync(home)
const settings = join(folder, 'terraformrc')
writeFileSync(
  settings,
  `provider_installation {
  dev_overrides { "confluentinc/confluent" = "${dirname(provider)}" }
  direct {}
}\n`,
)
const PRELUDE = `terraform {
  required_providers {
    confluent = { source = "confluentinc/confluent" }
  }
}
variable "endpoint" {}
variable "step" {}
provider "confluent" {
  endpoint = var.endpoint
}\n`

/** Milliseconds that a step may take. */
const TIMEOUT = 90_000

const sandbox = spawn(process.execPath, [join(root, 'dist/cli.js'), 'sandbox'], {
  env: { PATH: process.env.PATH, HOME: home },
  stdio: ['ignore', 'pipe', 'pipe'],
})
const served = {}
try {
  await once(sandbox.stderr, 'data')
  await once(sandbox.stdout, 'readable')
  for (const [, name, value] of String(sandbox.stdout.read()).matchAll(/^export (\w+)=(.*)$/gm))
    served[name] = value
  const groups =
    process.argv.length > 2 ? process.argv.slice(2) : readdirSync(files).map(file => basename(file, '.tf'))
  let failures = 0
  for (const group of groups) failures += cycle(group)
  process.exitCode = failures === 0 ? 0 : 1
} finally {
  sandbox.kill('SIGTERM')
  await once(sandbox, 'exit')
}

/** Takes the resources of a file through their life, prints a line for each, and returns the number of failures. */
function cycle(group) {
  const work = join(folder, group)
  mkdirSync(work)
  writeFileSync(join(work, 'prelude.tf'), PRELUDE)
  copyFileSync(join(files, `${group}.tf`), join(work, 'resources.tf'))
  for (const file of ['artifact.jar', 'plugin.zip']) writeFileSync(join(work, file), 'PK')
  const lives = new Map()
  const problems = []
  const note = (address, step) => lives.set(address, [...(lives.get(address) ?? []), step])
  const apply = (step, ...args) => {
    for (const { type, hook, diagnostic, '@level': level } of messages(work, step, args)) {
      if (type === 'apply_complete') note(hook.resource.addr, hook.action)
      if (type === 'diagnostic' && level === 'error')
        problems.push(`${diagnostic.address ?? ''}: ${diagnostic.summary} ${diagnostic.detail}`)
    }
  }
  const planNothing = step => {
    const left = messages(work, step, ['plan']).filter(({ type }) => type === 'planned_change')
    for (const { change } of left) note(change.resource.addr, `${change.action} planned again`)
    if (left.length > 0)
      problems.push(
        `planned again:\n${terraform(work, step, ['plan'])
          .match(/^ +[#~+-].*$/gm)
          .join('\n')}`,
      )
  }
  for (const step of ['first', 'second']) {
    apply(step, 'apply', '-auto-approve')
    planNothing(step)
  }
  apply('second', 'destroy', '-auto-approve')
  for (const [address, steps] of [...lives].sort()) {
    const isWhole = steps[0] === 'read' || /^create(,update)?,delete$/.test(String(steps))
    if (!isWhole) problems.push(`${address}: ${steps.join(', ')}`)
    console.log(`${isWhole ? 'ok     ' : 'FAILED '} ${group}: ${address}: ${steps.join(', ')}`)
  }
  for (const problem of problems) console.log(`FAILED  ${group}: ${problem}`)
  return problems.length
}

/** What Terraform tells while it runs, a JSON text per line. */
function messages(work, step, args) {
  return terraform(work, step, [...args, '-json'])
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
}

function terraform(work, step, args) {
  const { stdout, error } = spawnSync(TERRAFORM, [...args, '-no-color', '-parallelism=2'], {
    cwd: work,
    encoding: 'utf8',
    maxBuffer: 1e8,
    timeout: TIMEOUT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...(process.env.TF_LOG && { TF_LOG: process.env.TF_LOG, TF_LOG_PATH: process.env.TF_LOG_PATH }),
      PATH: process.env.PATH,
      HOME: home,
      CHECKPOINT_DISABLE: '1',
      TF_CLI_CONFIG_FILE: settings,
      // shorter waits between the requests of the provider
      TF_ACC: '1',
      TF_VAR_endpoint: served.CONFLUENT_CLOUD_ENDPOINT,
      TF_VAR_step: step,
      CONFLUENT_CLOUD_API_KEY: served.CONFLUENT_CLOUD_API_KEY,
      CONFLUENT_CLOUD_API_SECRET: served.CONFLUENT_CLOUD_API_SECRET,
      ...(work.endsWith('registry') && registry()),
    },
  })
  const late = {
    type: 'diagnostic',
    '@level': 'error',
    diagnostic: { summary: 'terraform did not end', detail: '' },
  }
  return error === undefined ? stdout : `${stdout}\n${JSON.stringify(late)}`
}

function registry() {
  return {
    SCHEMA_REGISTRY_ID: 'lsrc-1v5d8k',
    SCHEMA_REGISTRY_REST_ENDPOINT: served.SCHEMA_REGISTRY_REST_ENDPOINT,
    CATALOG_REST_ENDPOINT: served.CATALOG_REST_ENDPOINT,
    SCHEMA_REGISTRY_API_KEY: served.SCHEMA_REGISTRY_API_KEY,
    SCHEMA_REGISTRY_API_SECRET: served.SCHEMA_REGISTRY_API_SECRET,
  }
}
