import { describe, expect, it } from 'vitest'
import { cli, sandboxed, server } from '../cli/support.ts'

const NETWORK = `INTO confluent.networking.networks (spec.display_name, spec.cloud, spec.region, spec.connection_types, spec.environment.id)
  VALUES ('n', 'AWS', 'eu-central-1', '["PEERING"]', 'env-p7r2k1') RETURNING status.phase`
const KEY =
  "INSERT INTO confluent.iam.api_keys (spec.owner.id, spec.resource.id) VALUES ('sa-hwzi8r', 'cloud')"

describe.concurrent('waiting', () => {
  it('--await and the AWAIT hint report each change of phase on stderr', async () => {
    for (const args of [['--await', `INSERT ${NETWORK}`], [`INSERT /*+ AWAIT */ ${NETWORK}`]]) {
      const { status, stdout, stderr } = await sandboxed(['-o', 'csv', '--no-header', ...args])
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'READY\n' })
      expect(stderr).toMatch(/^waiting: confluent\.networking\.networks n-\w+ is PROVISIONING \(0 s\)\n$/)
    }
  })

  it('-q and --no-progress say nothing', async () => {
    for (const option of ['-q', '--no-progress'])
      expect(
        await sandboxed([option, '-o', 'csv', '--no-header', '--await', `INSERT ${NETWORK}`]),
      ).toMatchObject({ status: 0, stdout: 'READY\n', stderr: '' })
  })

  it('--await-timeout ends it with an error after the row', async () => {
    const url = await server((_, response) =>
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end('{"id":"n-1","spec":{"environment":{"id":"env-p7r2k1"}},"status":{"phase":"PROVISIONING"}}'),
    )
    const { status, stdout, stderr } = await cli([
      '--endpoint',
      url,
      '--await',
      '--await-timeout',
      '0.05',
      '-o',
      'csv',
      '--no-header',
      `INSERT ${NETWORK}`,
    ])
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'PROVISIONING\n' })
    expect(stderr).toMatch(
      /^error: .*networks n-1 is still PROVISIONING after 0 s\nhint: the request was accepted/m,
    )
    expect(await cli(['--await-timeout', 'soon', 'SELECT 1'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--await-timeout soon/),
    })
  })
})

describe.concurrent('--continue-on-error', () => {
  it('tries all rows of a change, reports each failure, and exits with status 1', async () => {
    const sql =
      "INSERT INTO confluent.iam.service_accounts (display_name) VALUES ('new1'), ('new1'), ('new2'), ('new2') RETURNING display_name"
    const { status, stdout, stderr } = await sandboxed([
      '--continue-on-error',
      '-o',
      'csv',
      '--no-header',
      sql,
    ])
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'new1\nnew2\n' })
    expect(stderr.match(/^error: .*/gm)).toEqual([
      expect.stringMatching(/^error: INSERT .* failed at row 2 of 4 \(display_name new1\).*409/),
      expect.stringMatching(/^error: INSERT .* failed at row 4 of 4 \(display_name new2\).*409/),
      expect.stringMatching(
        /^error: INSERT .*: 2 of 4 rows failed: row 2 \(display_name new1\), row 4 \(display_name new2/,
      ),
    ])
    expect(stderr).toMatch(/\nhint: all rows were tried, 2 succeeded\n$/)
  })
})

describe.concurrent('secrets', () => {
  it('--show-secrets shows what is masked without it, in every format', async () => {
    const select =
      "SELECT spec FROM confluent.sql.connections WHERE organization_id = '3f6c1d0e-52b7-4c1a-9f27-8e0d4b7a91c5' AND environment_id = 'env-p7r2k1'"
    for (const format of ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown', 'vertical']) {
      const masked = await sandboxed(['-o', format, select])
      expect(masked.stdout).toMatch(/(?:\\?\*){8}/)
      // the secret of the sandbox is 16 of the characters that the mask has 8 of
      expect(masked.stdout).not.toMatch(/(?:\\?\*){9}/)
      expect((await sandboxed(['-o', format, '--show-secrets', select])).stdout).toMatch(/(?:\\?\*){16}/)
    }
  })

  it('a key is not created if its secret would be lost', async () => {
    const refused = {
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: only the answer .*\nhint: add RETURNING id, spec\.secret\n$/),
    }
    expect(await sandboxed([KEY])).toMatchObject(refused)
    expect(await sandboxed([`${KEY} RETURNING *`])).toMatchObject(refused)
    expect((await sandboxed(['--show-secrets', `${KEY} RETURNING *`])).stdout).toMatch(/cflt/)
    expect(await sandboxed(['--dry-run', '-o', 'csv', '--no-header', KEY])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^POST,/),
      stderr: expect.stringMatching(/^notice: only the answer .*: add RETURNING id, spec\.secret\n/),
    })
  })
})
