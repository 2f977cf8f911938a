import { describe, expect, it } from 'vitest'
import { asked } from './asked.ts'

/** The filters of some lists take other words than their answers have. */
describe("a filter whose values differ from the answer's is not sent", () => {
  it.each([
    [
      'confluent.networking.gateways',
      '/networking/v1/gateways',
      "status.phase = 'READY'",
      { status: { phase: 'READY' } },
      { status: { phase: 'CREATED' } },
    ],
    [
      'confluent.provider_integrations.integrations_v1',
      '/pim/v1/integrations',
      "provider = 'aws'",
      { provider: 'aws' },
      { provider: 'x' },
    ],
    [
      'confluent.provider_integrations.integrations_v2',
      '/pim/v2/integrations',
      "provider IN ('gcp', 'azure')",
      { provider: 'gcp' },
      { provider: 'aws' },
    ],
  ])('%s', async (table, path, condition, match, other) => {
    const environment = { environment: { id: 'env-1' }, spec: { environment: { id: 'env-1' } } }
    const data = [
      { id: 'a', ...environment, ...match },
      { id: 'b', ...environment, ...other },
    ]
    const { rows, requests, notices } = await asked(
      `SELECT id FROM ${table} WHERE environment = 'env-1' AND ${condition}`,
      { [path]: { data } },
    )
    expect({ rows, notices }).toEqual({ rows: [['a']], notices: [] })
    expect(requests).toEqual([`GET ${path}?environment=env-1&page_size=100`])
  })

  it('of keys for clusters', async () => {
    const data = ['AWS', 'Azure'].map(provider => ({ id: provider, provider }))
    const { rows, requests } = await asked(
      "SELECT id FROM confluent.encryption_keys.keys WHERE provider = 'Azure'",
      { '/byok/v1/keys': { data } },
    )
    expect(rows).toEqual([['Azure']])
    expect(requests).toEqual(['GET /byok/v1/keys?page_size=100'])
  })

  it("comparing with the filter's value is a notice", async () => {
    const from = "confluent.provider_integrations.integrations_v2 WHERE environment = 'env-1'"
    const answers = { '/pim/v2/integrations': { data: [] } }
    for (const condition of ["provider = 'AZURE'", "integrations_v2.provider IN ('AZURE')"]) {
      const { notices } = await asked(`SELECT id FROM ${from} AND ${condition}`, answers)
      expect(notices).toEqual([
        expect.stringContaining(
          "compared with 'AZURE', which is none of its known values; did you mean 'azure'?",
        ),
      ])
    }
  })

  it('can be passed by EXEC', async () => {
    const sql =
      "EXEC confluent.networking.gateways.list_networking_v1gateways @environment = 'env-1', @status.phase = 'active'"
    const { requests } = await asked(sql, { '/networking/v1/gateways': { data: [] } })
    expect(requests).toEqual([
      'GET /networking/v1/gateways?environment=env-1&status.phase=active&page_size=100',
    ])
  })
})

describe('what the API documents and accepts', () => {
  it.each([
    [
      'confluent.ccpm.presigned_urls',
      '/ccpm/v1/presigned-upload-url',
      'content_format, cloud, environment.id',
      "'ZIP', 'AWS', 'env-1'",
    ],
  ])('%s: the form of an upload is an object', async (table, path, columns, values) => {
    const sql = `INSERT INTO ${table} (${columns}) VALUES (${values}) RETURNING upload_form_data, upload_form_data ->> '$.key'`
    const { rows } = await asked(sql, { [path]: { upload_form_data: { key: 'k' } } })
    expect(rows).toEqual([['{"key":"k"}', 'k']])
  })

  it.each(['ccpm', 'connect', 'flink_artifacts', 'connect_artifacts'])(
    '%s: so is its column',
    async service => {
      const { rows } = await asked(`DESCRIBE confluent.${service}.presigned_urls`, {})
      expect(rows.find(([name]) => name === 'upload_form_data')).toContain('object')
    },
  )

  it('certificate authorities that want a revocation list', async () => {
    const from = 'confluent.iam.certificate_authorities'
    const path = '/iam/v2/certificate-authorities'
    const answers = {
      [path]: { data: [{ id: 'op-1', require_crl_on_client_certificate: true }], id: 'op-2' },
      [`${path}/op-1`]: { id: 'op-1', require_crl_on_client_certificate: false },
    }
    const found = await asked(`SELECT id FROM ${from} WHERE require_crl_on_client_certificate`, answers)
    expect(found.rows).toEqual([['op-1']])
    const made = await asked(
      `INSERT INTO ${from} (display_name, certificate_chain, require_crl_on_client_certificate) VALUES ('x', 'y', true)`,
      answers,
    )
    expect(made.requests).toEqual([
      `POST ${path} {"display_name":"x","certificate_chain":"y","require_crl_on_client_certificate":true}`,
    ])
    const changed = await asked(
      `REPLACE ${from} SET require_crl_on_client_certificate = false WHERE id = 'op-1'`,
      answers,
    )
    expect(changed.requests).toEqual([`PUT ${path}/op-1 {"require_crl_on_client_certificate":false}`])
  })

  it('clusters that are kept from being deleted', async () => {
    const from = 'confluent.managed_kafka_clusters.clusters'
    const answers = { '/cmk/v2/clusters': { id: 'lkc-1' }, '/cmk/v2/clusters/lkc-1': { id: 'lkc-1' } }
    const made = await asked(
      `INSERT INTO ${from} (spec.display_name, spec.availability, spec.cloud, spec.region, spec.config.kind, spec.deletion_protection, spec.environment.id)
       VALUES ('x', 'LOW', 'AWS', 'eu-west-1', 'Basic', true, 'env-1')`,
      answers,
    )
    expect(made.requests).toEqual([
      'POST /cmk/v2/clusters {"spec":{"display_name":"x","availability":"LOW","cloud":"AWS","region":"eu-west-1","config":{"kind":"Basic"},"deletion_protection":true,"environment":{"id":"env-1"}}}',
    ])
    const changed = await asked(
      `UPDATE ${from} SET spec.deletion_protection = true, spec.environment.id = 'env-1' WHERE id = 'lkc-1'`,
      answers,
    )
    expect(changed.requests).toEqual([
      'PATCH /cmk/v2/clusters/lkc-1 {"spec":{"deletion_protection":true,"environment":{"id":"env-1"}}}',
    ])
  })
})
