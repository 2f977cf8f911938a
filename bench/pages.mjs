// Invitations as the API answers them, in pages with the token of the next one in a link.
const reference = (kind, id) => ({
  api_version: 'iam/v2',
  kind,
  id,
  related: `https://api.confluent.cloud/iam/v2/users/${id}`,
  resource_name: `crn://confluent.cloud/user=${id}`,
})

/** The n-th invitation. */
export const invitation = (n, id = `i-${n.toString(36).padStart(6, '0')}`) => ({
  api_version: 'iam/v2',
  kind: 'Invitation',
  id,
  metadata: {
    self: `https://api.confluent.cloud/iam/v2/invitations/${id}`,
    resource_name: `crn://confluent.cloud/organization=9bb441c4-edef-46ac-8a41-c49e44a3fd9a/invitation=${id}`,
    created_at: '2025-03-11T08:02:51.120734Z',
    updated_at: '2025-03-12T10:44:09.000871Z',
  },
  email: `person.number${n}@example.com`,
  auth_type: n % 3 === 0 ? 'AUTH_TYPE_LOCAL' : 'AUTH_TYPE_SSO',
  status: ['INVITE_STATUS_SENT', 'INVITE_STATUS_STAGED', 'INVITE_STATUS_ACCEPTED', 'INVITE_STATUS_EXPIRED'][
    n % 4
  ],
  accepted_at: n % 4 === 2 ? '2025-03-13T07:21:00.000000Z' : null,
  expires_at: '2025-04-11T08:02:51.120734Z',
  user: reference('User', `u-${n % 977}`),
  creator: reference('User', `u-${n % 13}`),
})

const environment = n => ({
  api_version: 'org/v2',
  kind: 'Environment',
  id: `env-${n}`,
  metadata: {},
  display_name: `environment ${n}`,
})

/** A page of `size` from row `at` of `rows` invitations. */
export const pageText = (at, size, rows) =>
  listText(invitation, 'iam/v2', 'Invitation', '/iam/v2/invitations', [at, size, rows])

/** The same of environments. */
export const environmentsText = (at, size, rows) =>
  listText(environment, 'org/v2', 'Environment', '/org/v2/environments', [at, size, rows])

function listText(row, version, kind, path, [at, size, rows]) {
  const to = Math.min(at + size, rows)
  const data = []
  for (let n = at; n < to; n++) data.push(row(n))
  return JSON.stringify({
    api_version: version,
    kind: `${kind}List`,
    metadata:
      to < rows ? { next: `https://api.confluent.cloud${path}?page_size=${size}&page_token=${to}` } : {},
    data,
  })
}
