/** Options of other programs, and the equivalent ones here. */
export const EQUIVALENT_OPTIONS: Readonly<Record<string, string>> = {
  '--outfile': '--out',
  '--hideheaders': '--no-header',
  '--no-headers': '--no-header',
  '--noheader': '--no-header',
  '-H': '--no-header',
  '-t': '--no-header',
  '--tuples-only': '--no-header',
  '--format': '--output',
  '--set': '--var',
  '-V': '--version',
  '-d': '--delimiter',
  '--verbose': '--trace',
  '--debug': '--trace',
  '--loglevel': '--trace',
  '--http.log.enabled': '--trace',
  '--silent': '--quiet',
  '--apirequesttimeout': '--timeout',
  '--execution.concurrency.limit': '--concurrency',
  '--configfile': '--config',
}

/** Options of StackQL and SQL shells without an equivalent option, and what to use instead. */
const INSTEAD: readonly (readonly [spelling: RegExp, instead: string])[] = [
  [
    /^(?:-c|-e|--command|--execute|--query|--sql)$/,
    'SQL is a word without an option: confluentql "SELECT …"',
  ],
  [
    /^--auth$/,
    'keys come from environment variables or a profile: confluentql init writes a profile file, --profile NAME chooses one',
  ],
  [/^--env\.file$/, 'export the variables, or keep the keys in a profile: confluentql init writes one'],
  [/^--registry$/, 'confluentql provider add PLACE adds a provider; SHOW PROVIDERS lists all'],
  [
    /^--approot(?:filemode)?$/,
    'there is no such folder: profiles are in ~/.config/confluentql/config.yaml, and --db FILE keeps tables and views',
  ],
  [/^--iqldata$/, 'values for :NAME in the SQL are given with -v NAME=VALUE'],
  [/^--http\.proxy\./, 'proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY'],
  [/^--http\.response\./, 'every list is read to its last page; LIMIT in the SQL ends it early'],
  [/^--tls\./, 'NODE_EXTRA_CA_CERTS=/path/to/ca.pem adds certificates; they are always checked'],
  [/^--provider$/, 'write USE PROVIDER; before the statement, or the full name of the table'],
  [/^--sqlBackend$/i, '--db FILE keeps tables and views in a SQLite file'],
]

/** What to use instead of an option of another program. */
export function instead(spelling: string): string | undefined {
  return INSTEAD.find(([form]) => form.test(spelling))?.[1]
}
