/** Words of questions without meaning for a search. */
const STOP: ReadonlySet<string> = new Set(
  `a about actual after all also an and any are as at be been before by can do does each every find for from get give gives go goes
   had has have hold how i if in into is it its last list long many me month more most much my name names no not now of on
   one only or our ours out over per please s see shall should show since so still t table tables tell than that the their
   them there these they this those through to under up us use uses was we week were what when where which who whom whose why will
   with without would you your day days hour hours week weeks year years two seven older newer never always`.split(
    /\s+/,
  ),
)

/** The stem of a word: without the endings of plurals and tenses. */
function stemOf(word: string): string {
  if (word.length <= 3) return word
  if (word.endsWith('ies') && word.length > 4) return word.slice(0, -3) + 'y'
  const ending = /(?:ing|ed|es|e|(?<![siu])s)$/.exec(word)
  return ending && ending.index >= 3 ? word.slice(0, ending.index) : word
}

/** Synonyms: words of users for words of tables. */
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map(
  [
    'permission permissions right rights privilege grant authorization allowed: role binding acl',
    'person people human colleague employee staff member: user',
    'money spend spent bill price expense paid invoice budget: cost',
    'machine bot robot program: service account',
    'credential token: key',
    'sso saml oidc oauth federation: identity provider issuer',
    'firewall allowlist whitelist cidr login: ip filter group',
    'behind backlog delay unconsumed slow: lag',
    'broken crash error down trouble wrong problem: failed state status',
    'usage utilization consumption: usage load',
    'limit ceiling headroom: quota limit',
    'retention keep cleanup compaction option parameter: config setting',
    'setting: config',
    'busy saturated full overloaded: load',
    'nobody idle dead stale forgotten: unused idle',
    'privatelink: private link',
    'vpc vnet: network peering',
    'byok kms: key encryption',
    'csfle encrypted: encryption key',
    'lakehouse: iceberg delta',
    'replicated dr disaster: mirror link',
    'alert: notification subscription',
    'query job: statement',
    'compatibility: config level',
    'mtls: certificate',
    'traffic bytes: throughput bytes',
    'who: access principal',
  ].flatMap(line => {
    const [from = '', to = ''] = line.split(': ')
    return from.split(' ').map(word => [stemOf(word), to.split(' ').map(stemOf)] as const)
  }),
)

/** The words of a text in lower case, names split at underscores and capitals. */
function wordsOf(text: string): string[] {
  return (
    text
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

/** The stems of all words of a text, in order. */
export function stemsOf(text: string): string[] {
  return wordsOf(text).map(stemOf)
}

const STOP_STEMS: ReadonlySet<string> = new Set([...STOP].map(stemOf))

/** Whether a stem is that of a word without meaning for a search. */
export const isStop = (stem: string): boolean => STOP_STEMS.has(stem)

/**
 * What a search looks for: groups of stems, of which the first is the user's word and the others stand for it. Words without meaning
 * are looked for only if there are no others.
 */
export function wantedOf(text: string): string[][] {
  const words = wordsOf(text)
  const telling = words.filter(word => !STOP.has(word))
  const stems = [...new Set((telling.length > 0 ? telling : words).map(stemOf))]
  return stems.map(stem => [stem, ...(SYNONYMS.get(stem) ?? []).filter(other => other !== stem)])
}
