import { byId, DAY, stamp, untold } from './chance.mjs'
import { STAGES, TEAMS } from './names.mjs'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** API keys of users and service accounts; a few belong to deleted owners. */
export function apiKeys({ random, now, clusters, registries }, { people, accounts, gone }) {
  const keyOwner = index => {
    if (index < gone.length * 2) return gone[index % gone.length]
    return random.chance(0.68) ? random.pick(accounts) : random.pick(people)
  }
  const resource = () => {
    const dice = random.below(100)
    if (dice < 28) return 'cloud'
    if (dice < 83) return random.pick(clusters)
    return dice < 97 ? random.pick(registries) : 'lksqlc-6t1q4z'
  }
  const keys = []
  for (let index = 0; index < 320; index++) {
    const id = index < 4 ? 'lkc-0gone1' : resource()
    const team = random.pick(TEAMS)
    const key = {
      at: stamp(now - random.below(1250 * 86_400) * 1000 - DAY, random),
      let: { id: random.id('', 16, UPPER) },
      body: {
        spec: {
          display_name: random.pick([`${team} key`, `${team}, ${id}`, '', `ci-${team}`]),
          description: random.pick([
            '',
            null,
            `Made by hand for "${team}"`,
            `Rotate with the ${team} runbook`,
          ]),
          owner: { id: keyOwner(index) },
          resource: { id },
        },
      },
      // The API returns keys without a resource and keys without an owner.
      ...(index % 80 === 41 ? { over: { spec: { resource: null } } } : {}),
      ...(index % 160 === 42 ? { omit: ['spec.owner'] } : {}),
    }
    keys.push(untold(key))
  }
  return keys.sort(byId)
}

/** Role bindings at every level; some are too broad. */
export function roleBindings(
  { random, now, org_crn, environment_of, clusters, registries },
  { admins, active, accounts, pools, groups, gone },
) {
  const environment = id => `${org_crn}/environment=${id}`
  const cluster = id => `${environment(environment_of[id])}/cloud-cluster=${id}`
  const inCluster = (kind, name) => {
    const id = random.pick(clusters)
    return `${cluster(id)}/kafka=${id}/${kind}=${name}`
  }
  const subject = () => {
    const id = random.pick(registries)
    return `${environment(environment_of[id])}/schema-registry=${id}/subject=${random.pick(TEAMS)}*`
  }
  const bindings = new Map()
  const bind = (id, role_name, crn_pattern) => {
    const principal = `User:${id}`
    const key = [principal, role_name, crn_pattern].join(' ')
    if (bindings.has(key)) return
    bindings.set(key, {
      at: stamp(now - random.below(1000 * 86_400) * 1000 - DAY, random),
      let: { id: random.id('rb-', 6) },
      body: { principal, role_name, crn_pattern },
    })
  }
  const topic = () =>
    random.pick([`${random.pick(TEAMS)}*`, `${random.pick(TEAMS)}.events`, `${random.pick(TEAMS)}.events`])
  const shapes = [
    id => bind(id, 'EnvironmentAdmin', environment(random.pick(Object.keys(STAGES)))),
    id => bind(id, 'CloudClusterAdmin', cluster(random.pick(clusters))),
    id => bind(id, 'MetricsViewer', org_crn),
    id => bind(id, 'DeveloperRead', inCluster('topic', topic())),
    id => bind(id, 'DeveloperWrite', inCluster('topic', topic())),
    id => bind(id, 'DeveloperManage', inCluster('topic', topic())),
    id => bind(id, 'DeveloperRead', inCluster('group', `${random.pick(TEAMS)}-*`)),
    id => bind(id, 'ResourceOwner', subject()),
  ]
  for (const id of admins) bind(id, 'OrganizationAdmin', org_crn)
  for (const id of active.slice(0, 2)) bind(id, 'AccountAdmin', org_crn)
  for (const id of active.slice(2, 5)) bind(id, 'ResourceOwner', inCluster('topic', '*'))
  for (const id of accounts.slice(0, 3)) bind(id, 'ResourceOwner', inCluster('topic', '*'))
  bind(accounts[3], 'EnvironmentAdmin', environment('env-p7r2k1'))
  for (const id of active.slice(5, 80)) for (let n = random.below(3); n >= 0; n--) random.pick(shapes)(id)
  for (const id of accounts.slice(0, 45))
    for (let n = random.below(4); n >= 0; n--) random.pick(shapes.slice(3))(id)
  for (const id of [...pools, ...groups]) for (let n = random.below(2); n >= 0; n--) random.pick(shapes)(id)
  bind(gone[0], 'EnvironmentAdmin', environment('env-d3v8n5'))
  bind(gone[1], 'DeveloperRead', inCluster('topic', 'ledger*'))
  return [...bindings.values()].sort(byId)
}
