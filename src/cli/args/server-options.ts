import type { OptionSpec } from './spec.ts'

/** Options of the servers: `serve`, `mcp`. */
export const SERVER_OPTIONS: readonly OptionSpec[] = [
  { name: 'host', value: 'ADDRESS', group: 'Server', commands: ['serve'], help: 'listen there (127.0.0.1)' },
  {
    name: 'tls-cert',
    value: 'FILE',
    kind: 'file',
    group: 'Server',
    commands: ['serve'],
    help: 'certificate; encrypts connections',
  },
  {
    name: 'tls-key',
    value: 'FILE',
    kind: 'file',
    group: 'Server',
    commands: ['serve'],
    help: 'its private key',
  },
  {
    name: 'password-file',
    value: 'FILE',
    kind: 'file',
    group: 'Server',
    commands: ['serve'],
    help: 'the password of clients',
  },
  {
    name: 'max-connections',
    value: 'N',
    group: 'Server',
    commands: ['serve'],
    help: 'connections at the same time (50)',
  },
  {
    name: 'query-timeout',
    value: 'SEC',
    group: 'Server',
    commands: ['serve', 'mcp'],
    help: 'seconds for one statement (300)',
  },
  {
    name: 'cache',
    value: 'SEC',
    group: 'Server',
    commands: ['serve', 'mcp'],
    help: 'use answers of the API again for so long (60)',
  },
  {
    name: 'health-port',
    value: 'N',
    group: 'Server',
    commands: ['serve'],
    help: 'answer GET /healthz on 127.0.0.1',
  },
  { name: 'log-statements', group: 'Server', commands: ['serve'], help: 'each statement on standard error' },
  {
    name: 'allow-changes',
    group: 'Changes',
    commands: ['serve', 'mcp'],
    help: 'let clients INSERT, UPDATE, DELETE',
  },
  { name: 'max-rows', value: 'N', group: 'Server', commands: ['mcp'], help: 'most rows of an answer (200)' },
  {
    name: 'audit',
    value: 'FILE',
    kind: 'file',
    group: 'Server',
    commands: ['mcp'],
    help: 'append a line of JSON for each call',
  },
]
