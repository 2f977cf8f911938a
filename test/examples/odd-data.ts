import type { JsonObject, SandboxData } from '../../src/sandbox/types.ts'
import type { Row } from '../sandbox/plain.ts'

/** The sandbox with rows that refer to nothing, and rows without the lists that views unfold. */
export function oddData(usual: SandboxData): SandboxData {
  const resources = { ...usual.resources }
  const add = (name: string, id: JsonObject, change: (doc: Row) => JsonObject): void => {
    const { rows, ...behaviour } = resources[name]!
    const [first] = rows
    resources[name] = {
      ...behaviour,
      rows: [...rows, { ...first!, doc: { ...first!.doc, ...change(first!.doc), ...id } }],
    }
  }
  const authorities = 'confluent.iam.certificate_authorities'
  add(authorities, { id: 'op-0000' }, () => ({ expiration_dates: [], serial_numbers: [], fingerprints: [] }))
  add(authorities, { id: 'op-0002' }, () => ({
    expiration_dates: ['2020-01-01T00:00:00.000000Z', '2035-01-01T00:00:00.000000Z'],
    serial_numbers: ['01', '02'],
    fingerprints: ['a1', 'a2'],
  }))
  add(authorities, { id: 'op-0003' }, () => ({
    expiration_dates: ['2035-01-01T00:00:00.000000Z'],
    serial_numbers: ['03', '04'],
    fingerprints: [],
  }))
  add(authorities, { id: 'op-0004' }, () => ({
    expiration_dates: [],
    serial_numbers: [],
    fingerprints: ['a5', 'a6'],
  }))
  const gone = { id: 'gone-1' }
  add('confluent.networking.private_link_accesses', { id: 'pla-000000' }, ({ spec }) => ({
    spec: { ...spec, network: { ...spec.network, ...gone } },
  }))
  add('confluent.networking.access_points', { id: 'ap-000000' }, ({ spec }) => ({
    spec: { ...spec, gateway: { ...spec.gateway, ...gone } },
  }))
  add('kafka.kafka.cluster_links', { link_name: 'outside' }, () => ({
    remote_cluster_id: null,
    source_cluster_id: null,
  }))
  add('kafka.kafka.mirror_topics', { mirror_topic_name: 'new.mirror' }, () => ({
    mirror_lags: [],
    mirror_status: 'PENDING_MIRROR',
  }))
  return { ...usual, resources }
}
