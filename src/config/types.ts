/** The source of a text in a profile. */
export type Source =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string }
  /** A program and its arguments, run without a shell; its output is the text. */
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] }

/** The calls that a credential is for: those that match all given members. */
export interface Scope {
  /** Kind of host, as provider files name it: `kafka`. */
  readonly kind?: string
  /** Id of a resource: `lkc-abc123`. */
  readonly resource?: string
  /** A URL; or a host name, optionally with a port; `*.` at its beginning matches any subdomain. */
  readonly host?: string
  /** Id of an environment. */
  readonly environment?: string
  /** `us-east-1` or `aws.us-east-1`. */
  readonly region?: string
}

export type Secret =
  /** Sent with Basic authentication. */
  | { readonly kind: 'key'; readonly key: Source; readonly secret: Source }
  /** A token of an identity provider, exchanged for an access token. */
  | { readonly kind: 'sts'; readonly identityPoolId: string; readonly subjectToken: Source }
  /** An id and a secret, exchanged for an access token. `variables`: values of the variables in the token URL. */
  | {
      readonly kind: 'client'
      readonly id: Source
      readonly secret: Source
      readonly variables: Readonly<Record<string, Source>>
    }
  /** The key file of a service account: its text, or its path. `subject` and `scopes` take the place of the provider file's. */
  | {
      readonly kind: 'service_account'
      readonly keyFile: Source
      readonly subject?: string
      readonly scopes?: readonly string[]
    }
  /** Sent unchanged as a Bearer token. `fields` are sent in headers named by the provider file. */
  | { readonly kind: 'oauth'; readonly token: Source; readonly fields: Readonly<Record<string, string>> }
  /** The value of the only header that the host takes, behind its prefix. */
  | { readonly kind: 'token'; readonly token: Source }
  /** The values of all headers that the host takes, behind their prefixes. */
  | { readonly kind: 'headers'; readonly values: Readonly<Record<string, Source>> }

/** A credential of a profile. */
export interface Entry {
  /** It is for calls that match any of them. */
  readonly scopes: readonly Scope[]
  readonly secret: Secret
  /** `config.yaml:12`, for messages. */
  readonly at: string
}

/** A named set of addresses and credentials. */
export interface Profile {
  readonly name: string
  /** The file it was read from, or would be read from. */
  readonly file: string
  /** Base URLs by kind of host, name of host, or id of resource; without a slash at the end. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly credentials: readonly Entry[]
  /** Values of the variables in base URLs, by kind or name of host and variable. */
  readonly urlVariables?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Whether queries leave out calls that cannot be reached. */
  readonly skipUnreachable?: boolean
  /** Whether a SELECT must give every required parameter. */
  readonly requireKeys?: boolean
  /** What the user should know of it, and is no error. */
  readonly notes?: readonly string[]
  /** Variables with credentials in any profile of the file. */
  readonly variables?: readonly string[]
}
