import { byId, DAY, stamp, untold } from './chance.mjs'
import { STAGES, TEAMS } from './names.mjs'
import { cultures, oddPeople } from './people.mjs'

function inventPeople(random, count) {
  const people = [...oddPeople]
  const taken = new Set(people.map(({ email }) => email))
  while (people.length < count) {
    const { given, family, east } = random.pick(cultures)
    const [first, firstPlain] = random.pick(given)
    const [last, lastPlain] = random.pick(family)
    const email = `${firstPlain}.${lastPlain}@example.${random.chance(0.8) ? 'com' : 'org'}`.toLowerCase()
    if (taken.has(email)) continue
    taken.add(email)
    people.push({ full_name: east ? `${last}${first}` : `${first} ${last}`, email })
  }
  return people
}

/** By kind of invitation: how many there are, and how many days ago (from, to) they were sent. */
const INVITED = [
  { status: 'INVITE_STATUS_ACCEPTED', count: 96, days: [12, 1300], joined: true },
  { status: 'INVITE_STATUS_SENT', count: 20, days: [0, 6], joined: true },
  { status: 'INVITE_STATUS_SENT', count: 14, days: [8, 400], joined: true },
  { status: 'INVITE_STATUS_STAGED', count: 6, days: [0, 5], joined: true },
  { status: 'INVITE_STATUS_EXPIRED', count: 52, days: [8, 900], joined: false },
  { status: 'INVITE_STATUS_DEACTIVATED', count: 42, days: [20, 1200], joined: false },
]

/** Users and invitations, accepted or not. */
export function peopleAndInvitations({ random, now, caller }) {
  const people = inventPeople(random, 234)
  const admins = [caller, ...Array.from({ length: 3 }, () => random.id('u-', 6))]
  const leavers = Array.from({ length: 3 }, () => random.id('u-', 6))
  const users = admins.map((id, index) => {
    const { full_name, email } = people[200 + index]
    return {
      at: stamp(now - (1400 - index * 9) * DAY, random),
      let: { id },
      body: { full_name, email, auth_type: 'AUTH_TYPE_LOCAL' },
    }
  })
  const strangers = people.filter((_, index) => index < 200 || index >= 204)
  const invitations = []
  for (const { status, count, days, joined } of INVITED) {
    for (let index = 0; index < count; index++) {
      const person = strangers[invitations.length]
      const sent = now - days[0] * DAY - random.below((days[1] - days[0]) * 86_400) * 1000 - 1000
      const at = stamp(sent, random)
      const auth_type = random.chance(0.75) ? 'AUTH_TYPE_SSO' : 'AUTH_TYPE_LOCAL'
      const user_id = random.id('u-', 6)
      const accepted =
        status === 'INVITE_STATUS_ACCEPTED'
          ? { accepted_at: stamp(sent + random.below(6 * 86_400) * 1000, random) }
          : {}
      const creator = random.pick(sent < now - 500 * DAY ? [...admins, ...leavers] : admins)
      invitations.push({
        at,
        let: { id: random.id('i-', 5), user_id, creator },
        body: { email: person.email, auth_type },
        over: { status, ...accepted },
      })
      if (!joined) continue
      const full_name =
        accepted.accepted_at === undefined && random.chance(0.7) ? random.pick(['', null]) : person.full_name
      users.push(untold({ at, let: { id: user_id }, body: { email: person.email, full_name, auth_type } }))
    }
  }
  const active = invitations
    .filter(({ over }) => over.status === 'INVITE_STATUS_ACCEPTED')
    .map(invitation => invitation.let.user_id)
  return { users: users.sort(byId), invitations: invitations.sort(byId), admins, leavers, active }
}

const ODD_DESCRIPTIONS = [
  'Loads orders every night.\nOwner: payments team, see the runbook',
  '=1+1',
  'Says "hello", twice',
  '<script>alert("no")</script>',
  'a|b|c',
  '発注データの取り込み',
  "It's 100% ours; DROP TABLE users; --",
]

/** Service accounts. */
export function serviceAccounts({ random, now }) {
  const jobs = ['loader', 'enricher', 'sink', 'exporter', 'monitor', 'connect']
  const accounts = []
  for (let index = 0; index < 60; index++) {
    const display_name = `${TEAMS[index % 10]}-${jobs[Math.floor(index / 10)]}-${Object.values(STAGES)[index % 3]}`
    const description =
      ODD_DESCRIPTIONS[index] ?? random.pick([`Used by the ${TEAMS[index % 10]} team`, '', null])
    accounts.push(
      untold({
        at: stamp(now - random.below(1300 * 86_400) * 1000 - DAY, random),
        let: { id: random.id('sa-', 6) },
        body: { display_name, description },
      }),
    )
  }
  return accounts.sort(byId)
}
