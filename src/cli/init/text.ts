/** A resource with its own URL or key, by its id: `lkc-abc123`. */
export interface ResourceEntry {
  readonly id: string
  readonly url: string | undefined
  readonly key: KeyPair | undefined
}

export interface KeyPair {
  readonly key: string
  readonly secret: string
}

/** The values of a profile file. */
export interface Answers {
  readonly name: string
  /** The key of the cloud API; undefined: it is read from the variables. */
  readonly key: KeyPair | undefined
  /** The variables of the cloud API's key. */
  readonly variables: KeyPair
  readonly others: readonly ResourceEntry[]
}

/** The text of a profile file, with comments and examples. A test loads it with the examples as comments and as entries. */
export function profileText({ name, key, variables, others }: Answers): string {
  const isCommon = name === 'default'
  const withUrl = others.filter(o => o.url !== undefined)
  return `# Profiles of confluentql: addresses and keys, by name. docs/profiles.md explains the whole file.
# Only its owner may read it while it holds a secret: chmod 600.
# --profile NAME or CONFLUENTQL_PROFILE chooses a profile; without them it is the one called default.
profiles:
  ${quotedName(name)}:
    # \`for\` says where a key may go: to a kind of host (cloud, kafka, schema_registry, flink, tableflow), to a
    # resource by its id, or to a host by its name. It is sent to nothing else.
    credentials:
      # The key of the cloud API. Three places can hold a key and a secret: a variable, { env: NAME };
      # a program that prints it, { command: [pass, show, confluent/cloud] }; or this file, "the secret itself".
      - for: cloud
        key: ${key ? JSON.stringify(key.key) : `{ env: ${variables.key} }`}
        secret: ${key ? JSON.stringify(key.secret) : `{ env: ${variables.secret} }`}
${others.flatMap(o => (o.key ? [keyLines(o.id, o.key)] : [])).join('')}      # A Kafka cluster and a Schema Registry with keys of their own:
      # - { for: lkc-abc123, key: { env: ORDERS_KEY }, secret: { env: ORDERS_SECRET } }
      # - { for: lsrc-abc123, key: { env: REGISTRY_KEY }, secret: { env: REGISTRY_SECRET } }
      # Flink, by environment and region:
      # - for: { kind: flink, environment: env-abc123, region: aws.us-east-1 }
      #   key: { env: FLINK_KEY }
      #   secret: { env: FLINK_SECRET }
    # Base URLs, by the id of a resource or by the kind of a host. The key of a Schema Registry needs its URL; that of a
    # Kafka cluster does not, where the statement takes the URL from the cluster's row.
${withUrl.length > 0 ? `    endpoints:\n${withUrl.map(o => `      ${o.id}: ${JSON.stringify(o.url)}\n`).join('')}` : '    # endpoints:\n'}    #   lkc-abc123: https://pkc-12345.us-east-1.aws.confluent.cloud
    #   lsrc-abc123: https://psrc-12345.us-east-1.aws.confluent.cloud
  # Another organization: confluentql --profile ${isCommon ? 'staging' : 'another'}
  # ${isCommon ? 'staging' : 'another'}:
  #   credentials:
  #     - { for: cloud, key: { env: STAGING_KEY }, secret: { env: STAGING_SECRET } }
`
}

function keyLines(id: string, { key, secret }: KeyPair): string {
  return `      - { for: ${id}, key: ${JSON.stringify(key)}, secret: ${JSON.stringify(secret)} }\n`
}

/** A name as a YAML key. */
function quotedName(name: string): string {
  return /^[a-z][\w-]*$/i.test(name) && !/^(?:true|false|null)$/i.test(name) ? name : JSON.stringify(name)
}
