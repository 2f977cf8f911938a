import { byId, DAY, stamp } from './chance.mjs'
import { TEAMS } from './names.mjs'

/** Identity providers and their identity pools. */
export function tokenIdentity({ random, now }) {
  const old = days => stamp(now - days * DAY, random)
  const providers = [
    {
      name: 'Workforce OIDC',
      issuer: 'https://login.example.com/oauth2/default',
      description: 'Single sign-on for staff',
      claim: 'claims.sub',
    },
    {
      name: 'Workload identity',
      issuer: 'https://tokens.example.org/tenant/v2.0',
      description: 'Machines, "no people"',
      claim: 'claims.oid',
    },
  ].map(({ name, issuer, description, claim }, index) => ({
    at: old(900 - index * 200),
    let: { id: random.id('op-', 4) },
    body: { display_name: name, description, identity_claim: claim, issuer, jwks_uri: `${issuer}/keys` },
  }))
  const pools = providers.flatMap((provider, index) =>
    TEAMS.slice(0, 6 - index * 2).map((team, n) => ({
      at: old(600 - n * 40),
      keys: { provider_id: provider.let.id },
      let: { id: random.id('pool-', 4) },
      body: {
        display_name: `${team} ${index === 0 ? 'engineers' : 'workloads'}`,
        description: n === 0 ? `The ${team} team,\nand nobody else` : `The ${team} team`,
        identity_claim: provider.body.identity_claim,
        filter: `claims.aud=="kafka" && claims.group=="${team}"`,
      },
    })),
  )
  return { providers, pools }
}

/** Certificate authorities and their identity pools. */
export function certificateIdentity({ random, now }) {
  const old = days => stamp(now - days * DAY, random)
  const authorities = ['Plant floor CA', 'Büro "Intern" CA'].map((display_name, index) => ({
    at: old(700 - index * 100),
    let: { id: random.id('op-', 4) },
    body: {
      display_name,
      description: 'Issues client certificates',
      certificate_chain_filename: `ca-${index + 1}.pem`,
    },
    over: {
      fingerprints: [random.text('0123456789abcdef', 40)],
      expiration_dates: [index === 0 ? '2026-12-15T00:00:00.000000Z' : '2029-06-30T00:00:00.000000Z'],
      serial_numbers: [random.text('0123456789abcdef', 16)],
      ...(index === 1
        ? { crl_source: 'URL', crl_url: 'https://crl.example.org/intern.crl', crl_updated_at: old(3) }
        : {}),
    },
  }))
  const certificatePools = authorities.flatMap((authority, index) =>
    ['sensors', 'gateways', 'presses']
      .slice(0, 2 + index)
      .map(name => ({
        at: old(500),
        keys: { certificate_authority_id: authority.let.id },
        let: { id: random.id('pool-', 4) },
        body: {
          display_name: `${name} by certificate`,
          description: `All ${name}`,
          external_identifier: 'CN',
          filter: `O=='Example' && OU=='${name}'`,
        },
      })),
  )
  return { authorities, certificatePools }
}

/** Group mappings of single sign-on. */
export function groupMappings({ random, now }) {
  const old = days => stamp(now - days * DAY, random)
  const groups = [
    'Administrators',
    'Developers',
    'Analysts',
    'Auditors',
    'On call',
    'Kontraktoren (extern)',
    '開発者',
  ].map((display_name, index) => ({
    at: old(800 - index * 30),
    let: { id: random.id('group-', 4) },
    body: {
      display_name,
      description: `People of the group ${display_name}`,
      filter: `"${display_name.toLowerCase()}" in groups`,
    },
  }))
  return groups.sort(byId)
}
