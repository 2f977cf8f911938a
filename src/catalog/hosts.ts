/** Where a provider's requests go, and with which credentials. */

/** A base URL and the credential that goes with it. */
export interface Host {
  readonly name: string
  /** How many requests it takes in so many seconds. */
  readonly quota?: { readonly requests: number; readonly seconds: number }
  /** Name for its credentials in profiles; hosts of one kind share them. Default: its name. */
  readonly kind?: string
  /** Its provider was added under another name, and may share the variables of its credentials with the provider of the first name. What a profile gives it comes before them. */
  readonly isRenamed?: boolean
  /** Domains of the provider: for a URL that only the statement gives, credentials are sent only below these. */
  readonly domains?: readonly string[]
  /** The resource whose credential a call needs: parameters with its id, and the variable with the id of the resource that the variables of `auth` are for. */
  readonly resource?: { readonly params: readonly string[]; readonly idEnv?: string }
  /** Parameter with the id of the environment, if credentials are for an environment and a region. */
  readonly environment?: string
  /** Path for exchanging a token of an identity provider for an access token to this host (RFC 8693). */
  readonly exchange?: string
  /** The host accepts tokens of identity providers: the headers for the other fields of such a credential in a profile. */
  readonly oauth?: Readonly<Record<string, string>>
  /** Without a slash at the end. Empty: there is no URL for everyone, so `urlParam`, `urlEnv` or the profile must give it. */
  readonly url: string
  /** The variables in braces of `url`, in its order. */
  readonly urlVariables?: readonly UrlVariable[]
  /** Parameter (`in` host) for the base URL of a call, which takes precedence. Every method of the host has it. */
  readonly urlParam?: string
  /** A template of that URL, `https://{a}.{b}.example.com`: statements may give its parts, by these names, instead. */
  readonly urlParts?: string
  /** Environment variable that overrides `url`. */
  readonly urlEnv?: string
  /** A cheap, read-only statement to test the connection. `:NAME` is an environment variable. */
  readonly probe?: string
  /** A statement that lists its addresses: a row each, with columns named like the parameters of the URL, the resource and the environment, and columns that name it for people. */
  readonly places?: string
  /** Environment variable of an access token; if set, it is sent as `Bearer` instead of `auth`. */
  readonly tokenEnv?: string
  readonly auth:
    | { readonly kind: 'basic'; readonly userEnv: string; readonly passwordEnv: string }
    /** Each header has a value from a variable, behind a prefix (`Bearer `, `SSWS `). A profile may give the values instead. */
    | { readonly kind: 'headers'; readonly headers: readonly CredentialHeader[] }
    | OAuth2
    | ServiceAccount
    | { readonly kind: 'none' }
}

/** The resources that calls are for: those with these ids, or with ids that only rows give. */
export type ResourceIds = readonly string[] | 'from rows'

/** OAuth 2 client credentials: an id and a secret, exchanged at the token URL for an access token, which is sent as `Bearer`. */
export interface OAuth2 {
  readonly kind: 'oauth2'
  /** With variables in braces, `https://login.example.com/{tenant}/token`. */
  readonly tokenUrl: string
  readonly tokenVariables: readonly { readonly name: string; readonly env: string }[]
  readonly clientIdEnv: string
  readonly clientSecretEnv: string
  /** `{domain}` stands for the host name of the call's base URL without its first part. */
  readonly scopes: readonly string[]
  /** Further members of the request for a token. */
  readonly values?: Readonly<Record<string, string>>
  /** Where the id and the secret stand in that request. Absent: in the header; if that is refused, in the body. */
  readonly sentIn?: 'header' | 'body'
}

/** The key file of a Google service account: a signed assertion (RFC 7523) is exchanged for an access token, which is sent as `Bearer`. */
export interface ServiceAccount {
  readonly kind: 'service_account'
  /** Environment variable with the text of the key file, or with its path. */
  readonly keyEnv: string
  /** The origins that the token URL of a key file may have. */
  readonly tokenOrigins: readonly string[]
  readonly scopes: readonly string[]
  /** The user on whose behalf requests are made. */
  readonly subject?: string
}

/** Whether credentials of this kind are exchanged for an access token. */
export function isExchanged(auth: Host['auth']): auth is OAuth2 | ServiceAccount {
  return auth.kind === 'oauth2' || auth.kind === 'service_account'
}

export interface CredentialHeader {
  readonly name: string
  readonly prefix?: string
  /** Environment variable with the secret. */
  readonly env: string
}

/**
 * A variable of a base URL, `{name}`. Its value is that of the parameter of this name (`in` server), otherwise that of the
 * profile (`variables`), otherwise that of `env`, otherwise `default`.
 */
export interface UrlVariable {
  readonly name: string
  readonly env: string
  readonly default?: string
  /** The only values that it may have. */
  readonly values?: readonly string[]
  /**
   * part: letters, digits, `.` and `-` before a fixed end of the host name, or a part of the path. whole: it decides the host
   * name, so that credentials go there only if the profile or the environment gives it.
   */
  readonly extent: 'part' | 'whole'
}
