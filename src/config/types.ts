/** Where a text comes from that a profile does not spell out, or does. */
export type Source =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string }
  /** A program and its arguments, run without a shell; what it prints is the text. */
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] }

/** What a credential is for. All that is given must hold of a call. */
export interface Scope {
  /** Kind of host, as provider files name it: `kafka`. */
  readonly kind?: string
  /** Id of a resource: `lkc-abc123`. */
  readonly resource?: string
  /** A URL; or a host name, perhaps with a port, of which `*.` at the beginning stands for any names below. */
  readonly host?: string
  /** Id of an environment. */
  readonly environment?: string
  /** `us-east-1` or `aws.us-east-1`. */
  readonly region?: string
}

export type Secret =
  /** Sent as Basic. */
  | { readonly kind: 'key'; readonly key: Source; readonly secret: Source }
  /** A token of an identity provider, exchanged for an access token. */
  | { readonly kind: 'sts'; readonly identityPoolId: string; readonly subjectToken: Source }
  /** Sent as Bearer as it is. `fields` go into headers that the provider file names. */
  | { readonly kind: 'oauth'; readonly token: Source; readonly fields: Readonly<Record<string, string>> }

/** A credential of a profile. */
export interface Entry {
  /** Any of them. */
  readonly scopes: readonly Scope[]
  readonly secret: Secret
  /** `config.yaml:12`, for messages. */
  readonly at: string
}

/** A named set of addresses and credentials. */
export interface Profile {
  readonly name: string
  /** The file it was read from, or would be. */
  readonly file: string
  /** Base URLs by kind of host, name of host, or id of resource; without a slash at the end. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly credentials: readonly Entry[]
  /** Variables that any profile of the file takes a credential from. */
  readonly variables?: readonly string[]
}
