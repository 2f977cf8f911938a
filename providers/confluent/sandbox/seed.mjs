/**
 * The initial rows of the sandbox: one organization, whose objects refer to each other by id. The rows are
 * always the same: random numbers come from a seeded generator, and the time from organization.yaml.
 */
import { apiKeys, roleBindings } from './access.mjs'
import { chooser } from './chance.mjs'
import { connect } from './connectors.mjs'
import { flink } from './flink.mjs'
import { governance } from './governance.mjs'
import { certificateIdentity, groupMappings, tokenIdentity } from './identity.mjs'
import { peopleAndInvitations, serviceAccounts } from './members.mjs'
import { kafka } from './kafka.mjs'
import { measures } from './measures.mjs'
import { costs, quotas } from './money.mjs'
import { network } from './network.mjs'
import { networks } from './networks.mjs'
import { platform } from './platform.mjs'
import { sharing } from './sharing.mjs'

/** The cluster that is not provisioned yet. */
const PENDING = 'lkc-5p8b6m'

export default function seed({ now, vars }) {
  const { environment_of, org_crn, caller } = vars
  const ids = prefix =>
    Object.keys(environment_of).filter(id => id.startsWith(prefix) && !id.includes('gone'))
  const context = {
    random: chooser(20261101),
    now: Date.parse(now),
    caller,
    org_crn,
    environment_of,
    clusters: ids('lkc-'),
    registries: ids('lsrc-'),
  }
  const idsOf = births => births.map(birth => birth.let.id)
  const { users, invitations, admins, leavers, active } = peopleAndInvitations(context)
  const accounts = serviceAccounts(context)
  const { providers, pools } = tokenIdentity(context)
  const { authorities, certificatePools } = certificateIdentity(context)
  const groups = groupMappings(context)
  const gone = [...leavers.slice(0, 2), context.random.id('sa-', 6)]
  const named = idsOf(accounts)
  const net = network(context)
  // The parts below have generators of their own, so that changing them does not change the rows above.
  const given = { ...vars, now: context.now, isReady: id => id !== PENDING }
  const part = start => ({ ...given, random: chooser(start) })
  const rows = {
    'confluent.iam.users': users,
    'confluent.iam.invitations': invitations,
    'confluent.iam.service_accounts': accounts,
    'confluent.iam.api_keys': apiKeys(context, {
      people: [...admins, ...active],
      accounts: named.slice(8, 52),
      gone,
    }),
    'confluent.iam.role_bindings': roleBindings(context, {
      admins,
      active,
      accounts: named,
      pools: idsOf([...pools, ...certificatePools]),
      groups: idsOf(groups),
      gone,
    }),
    'confluent.iam.identity_providers': providers,
    'confluent.iam.identity_pools': pools,
    'confluent.iam.group_mappings': groups,
    'confluent.iam.certificate_authorities': authorities,
    'confluent.iam.certificate_identity_pools': certificatePools,
    'confluent.iam.ip_groups': net.groups,
    'confluent.iam.ip_filters': net.filters,
    'confluent.iam.ip_filter_summaries': net.summaries,
    ...platform(part(1)),
    ...networks(part(2)),
    ...connect(part(3)),
    ...governance(part(4)),
    ...kafka(part(5), { accounts: named }),
    ...flink(part(6), { accounts: named }),
    ...costs(part(7)),
    ...quotas({ ...given, accounts: named }),
    ...sharing(part(8)),
  }
  return { ...rows, ...measures(vars, rows) }
}
