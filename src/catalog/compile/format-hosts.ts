/** A host in provider.yaml. providers/schema.json has the rules for its keys. */
export interface HostSource {
  readonly quota?: { readonly requests: number; readonly seconds: number }
  readonly about?: string
  readonly url?: string
  /** The variables in braces of `url`. */
  readonly variables?: Readonly<
    Record<
      string,
      {
        readonly env: string
        readonly default?: string
        readonly values?: readonly string[]
        readonly about?: string
      }
    >
  >
  readonly url_param?: string
  readonly url_parts?: string
  readonly url_env?: string
  readonly token_env?: string
  readonly probe?: string
  readonly places?: string
  readonly kind?: string
  readonly domains?: readonly string[]
  readonly resource?: { readonly params: readonly string[]; readonly id_env?: string }
  readonly environment?: string
  readonly exchange?: string
  readonly oauth?: Readonly<Record<string, string>>
  readonly auth:
    | { readonly kind: 'basic'; readonly user_env: string; readonly password_env: string }
    | {
        readonly kind: 'headers'
        readonly headers: readonly { readonly name: string; readonly prefix?: string; readonly env: string }[]
      }
    | {
        readonly kind: 'oauth2'
        readonly token_url: string
        readonly token_variables?: Readonly<Record<string, { readonly env: string }>>
        readonly client_id_env: string
        readonly client_secret_env: string
        readonly scopes?: readonly string[]
        readonly values?: Readonly<Record<string, string>>
        readonly sent_in?: 'header' | 'body'
      }
    | {
        readonly kind: 'service_account'
        readonly key_env: string
        readonly token_url: string
        readonly scopes?: readonly string[]
        readonly subject?: string
      }
    | { readonly kind: 'none' }
}
