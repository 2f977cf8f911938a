/**
 * Ways in which the sandbox, or what its tests send to it, differs from the descriptions on purpose, and why, by the test
 * that shows that they are still needed. `*` stands for any characters.
 */
export const DEVIATIONS: Readonly<
  Record<'everything' | 'service' | 'terraform' | 'writing', Readonly<Record<string, string>>>
> = {
  everything: {
    'GET /iam/v2/api-keys answers data[].spec: no owner':
      'keys of the service itself are listed without an owner',
    'GET /billing/v1/costs answers data[].product: another value':
      'products in the documentation of the service that the description does not list',
    'GET /billing/v1/costs answers data[].line_type: another value':
      'line types in the documentation of the service that the description does not list',
    '* /pim/v2/integrations*provider: another value':
      'requests take AWS and AZURE as well, and answers have small letters; the description lists GCP alone',
    '*/connectors*config: no kafka.api.*':
      'a connector may run as a service account, without a key of its own',
    '*/connectors*config* no name':
      'the settings of a connector that is changed are those that the test sends',
    '*/connectors* no connector.class':
      'the settings of a connector that is changed are those that the test sends',
    '*/connectors/{}/config is sent no kafka.api.*':
      'the settings of a connector that is changed are those that the test sends',
    'DELETE /config* answers must be string':
      'the registry answers with the settings; the description says with their level',
    'DELETE /config* answers another value':
      'the registry answers with the settings; the description says with their level',
    '* is sent *no spec':
      'the least body of a test has the fields that must be there, and none of these is below spec',
    '*/tools answers no spec':
      'the least body of a test has the fields that must be there, and none of these is below spec',
    'PATCH /sql/*/statements/{} answers spec.principal: must be string':
      'the least JSON patch of a test has no value',
    'PATCH /kafka-quotas/v1/client-quotas/{} is sent spec: no environment':
      'a quota does not change its environment',
    '*: one more, api_version':
      'references have the version and kind of what they refer to, as recorded answers do',
    '*: one more, kind': 'references have the version and kind of what they refer to, as recorded answers do',
    '* is sent *]: one more, re*': 'references may be sent as they were read, with their address and name',
    '* /iam/v2/certificate-authorities* one more, require_crl_on_client_certificate':
      'Terraform sends and reads it; the description does not have it',
    '* /config*Metadata: one more, *': "what the registry's own description says of settings, which is newer",
    '* /config*RuleSet: one more, *': "what the registry's own description says of settings, which is newer",
    '*/connectors?expand=info,status,id answers *.info: one more, t*':
      'recorded answers have the type and the tasks there as well',
    'GET /billing/v1/costs answers data[]: one more, description':
      'a column in the documentation of the service that the description does not list',
    '*/connections * spec: no auth_data':
      'the fields of the credentials depend on their kind, so that none is required',
    'PUT /catalog/v1/entity is sent entity: one more, *': 'an entity may be sent as a search returns it',
    'POST /networking/v1/private-link-attachment-connections is sent spec.cloud: one more, *':
      'a member in the documentation of the service that the description does not let a request have',
  },
  service: {
    'GET /iam/v2/service-accounts answers data: must be array':
      'the page after the last row has null for its rows',
  },
  terraform: {
    'PATCH /networking/v1/access-points/{} is sent spec.config.kind: another value':
      'Terraform sends the name of its own block as the kind',
    'GET */links/{}/configs* answers *source: another value':
      'Terraform tells settings of a link that were set from defaults by their source; the description has one source alone',
  },
  writing: {
    'POST /iam/v2/invitations is sent one more, *':
      'a test sends members that cannot be set, which are ignored',
    'PATCH /iam/v2/users/{} is sent one more, email':
      'a test sends a member that cannot be set, which is ignored',
  },
}
