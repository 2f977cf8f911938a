/** Teams of the organization; services, topics and groups are named after them. */
export const TEAMS = [
  'orders',
  'payments',
  'inventory',
  'shipping',
  'fraud',
  'billing',
  'search',
  'loyalty',
  'telemetry',
  'ledger',
]

/** Environments and their purposes. */
export const STAGES = { 'env-p7r2k1': 'prod', 'env-s4t9q6': 'staging', 'env-d3v8n5': 'dev' }
