/** The modules of undici that are loaded one by one: the whole package costs 0.1 s at start-up. */
declare module 'undici/lib/dispatcher/agent.js' {
  import type { Agent } from 'undici'
  const agent: typeof Agent
  export default agent
}

declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici'
  const pool: typeof Pool
  export default pool
}

declare module 'undici/lib/dispatcher/env-http-proxy-agent.js' {
  import type { EnvHttpProxyAgent } from 'undici'
  const agent: typeof EnvHttpProxyAgent
  export default agent
}

declare module 'undici/lib/core/connect.js' {
  import type { buildConnector } from 'undici'
  import type { Socket } from 'node:net'
  const build: (
    options: buildConnector.BuildOptions & { readonly highWaterMark?: number },
  ) => (options: buildConnector.Options, callback: buildConnector.Callback) => Socket
  export default build
}

declare module 'undici/lib/dispatcher/dispatcher.js' {
  import type { Dispatcher } from 'undici'
  const dispatcher: typeof Dispatcher
  export default dispatcher
}

declare module 'undici/lib/api/api-connect.js' {
  import type { Dispatcher } from 'undici'
  const connect: Dispatcher['connect']
  export default connect
}
