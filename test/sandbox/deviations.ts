/**
 * Ways in which the sandbox, or what its tests send to it, differs from the descriptions on purpose, and why. `*` stands
 * for any characters.
 */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  'GET /iam/v2/api-keys answers data[].spec: no owner':
    'keys of the service itself are listed without an owner',
  'GET /iam/v2/service-accounts answers data: must be array':
    'the page after the last row has null for its rows',
  'GET /billing/v1/costs answers data[].product: another value':
    'products in the documentation of the service that the description does not list',
  'GET /billing/v1/costs answers data[].line_type: another value':
    'line types in the documentation of the service that the description does not list',
  '* /pim/v2/integrations*provider: another value':
    'requests take AWS and AZURE as well, and answers have small letters; the description lists GCP alone',
  '*/connectors*config: no kafka.api.*': 'a connector may run as a service account, without a key of its own',
  '*/connectors*config* no name': 'the settings of a connector that is changed are those that the test sends',
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
  '*/connections * spec: no auth_data':
    'the fields of the credentials depend on their kind, so that none is required',
}
