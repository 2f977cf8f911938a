import { DAY, stamp } from './chance.mjs'
import { STAGES } from './names.mjs'

/** IP groups, the IP filters that use them, and the resulting summary. */
export function network({ random, now, org_crn }) {
  const groups = [
    ['CorpNet', ['192.0.2.0/24', '198.51.100.0/25']],
    ['Berlin office', ['203.0.113.0/28']],
    ['大阪オフィス', ['203.0.113.64/28']],
    ['CI runners', ['198.51.100.128/26']],
    ['VPN | fallback', ['192.0.2.128/25', '2001:db8:1::/48']],
    ['Vendor "Acme, Inc."', ['203.0.113.200/32']],
    ['Empty so far', []],
    ['Everywhere', ['0.0.0.0/0', '::/0']],
  ].map(([group_name, cidr_blocks], index) => ({
    at: stamp(now - (400 - index * 20) * DAY, random),
    let: { id: random.id('ipg-', 5) },
    body: { group_name, cidr_blocks },
  }))
  const scopes = [org_crn, ...Object.keys(STAGES).map(id => `${org_crn}/environment=${id}`)]
  const filters = [
    ['Management from the office', 0, ['MANAGEMENT'], [0, 1, 2]],
    ['Prod data plane', 1, ['SCHEMA', 'FLINK'], [0, 3]],
    ['Staging', 2, ['SCHEMA'], [0, 3, 4]],
    ['Dev, wide open', 3, ['MANAGEMENT', 'SCHEMA', 'FLINK'], [7]],
    ['Vendors', 2, ['FLINK'], [5]],
  ].map(([filter_name, scope, operation_groups, of], index) => ({
    at: stamp(now - (300 - index * 20) * DAY, random),
    let: { id: random.id('ipf-', 5) },
    body: {
      filter_name,
      resource_group: scope === 0 ? 'management' : 'multiple',
      resource_scope: scopes[scope],
      operation_groups,
      ip_groups: of.map(n => ({ id: groups[n].let.id })),
    },
  }))
  const summaries = scopes.map((scope, index) => {
    const status = name =>
      filters.some(({ body }) => body.resource_scope === scope && body.operation_groups.includes(name))
        ? 'limited'
        : 'open'
    const operation_groups = ['SCHEMA', 'FLINK'].map(name => ({ name, status: status(name) }))
    const categories = [
      {
        name: 'Management',
        status: index === 0 ? 'limited' : status('MANAGEMENT'),
        operation_groups: [{ name: 'MANAGEMENT', status: status('MANAGEMENT') }],
      },
      {
        name: 'Data',
        status: operation_groups.some(group => group.status === 'limited') ? 'mixed' : 'open',
        operation_groups,
      },
    ]
    return { at: stamp(now, random), body: { scope, categories } }
  })
  return { groups, filters, summaries }
}
