import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect } from 'vitest'
import { PLANTED, PROGRAM, secretsIn } from '../cli/support.ts'
import { atEnd } from '../support/cleanup.ts'
import { ON_THAT_DAY } from '../support/sandbox-day.ts'

/** Revisions of the protocol: by `initialize` up to 2025, by `server/discover` since 2026. */
export const REVISIONS = ['legacy', 'auto'] as const

export interface Said {
  readonly text: string
  readonly isError: boolean
  /** Whether the server says that these are all rows. */
  readonly isComplete: boolean | undefined
  /** The rows between the marks, without the line of names. */
  readonly rows: readonly (readonly unknown[])[]
}

type Form = { readonly message: string }
type Reply = {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: { readonly send: boolean }
}

export interface Opened {
  readonly client: Client
  call(
    name: string,
    args: Readonly<Record<string, unknown>>,
    options?: { readonly signal?: AbortSignal; readonly onprogress?: (p: { message?: string }) => void },
  ): Promise<Said>
  stderr(): string
  /** That of the server. */
  pid(): number
}

/** Starts the program as a client of an assistant does, and connects to it. */
export async function open(
  args: readonly string[],
  {
    env = {},
    revision = 'auto',
    onForm,
  }: {
    readonly env?: Readonly<Record<string, string>>
    readonly revision?: (typeof REVISIONS)[number]
    /** Answers forms; without it the client has none. */
    readonly onForm?: (form: Form) => Reply | Promise<Reply>
  } = {},
): Promise<Opened> {
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: onForm ? { elicitation: {} } : {}, versionNegotiation: { mode: revision } },
  )
  if (onForm)
    client.setRequestHandler('elicitation/create', async request => {
      const reply = await onForm(request.params as Form)
      return { ...reply, ...(reply.content && { content: { ...reply.content } }) }
    })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROGRAM, 'mcp', ...args],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      ...ON_THAT_DAY,
      ...PLANTED,
      ...env,
    },
    stderr: 'pipe',
  })
  let stderr = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  await client.connect(transport)
  atEnd(() => client.close())
  return {
    client,
    stderr: () => stderr,
    pid: () => transport.pid!,
    async call(name, values, options = {}) {
      const result = await client.callTool({ name, arguments: { ...values } }, {
        timeout: 40_000,
        ...options,
      } as Parameters<Client['callTool']>[1])
      const [content] = result.content as { text: string }[]
      const text = content?.text ?? ''
      expect(secretsIn(text)).toEqual([])
      const meta = result._meta as Record<string, unknown> | undefined
      return {
        text,
        isError: result.isError === true,
        isComplete: meta?.['confluentql/complete'] as boolean | undefined,
        rows: rowsIn(text),
      }
    },
  }
}

function rowsIn(text: string): unknown[][] {
  const [, , lines = ''] = /^<rows ([0-9a-f]+)>\n([\s\S]*?)\n<\/rows \1>$/m.exec(text) ?? []
  return lines
    .split('\n')
    .slice(1)
    .map(line => JSON.parse(line) as unknown[])
}
