import { join } from 'node:path'
import { load, scripts } from './load.ts'

export { scripts }

/* The entry point of the engine's process of `confluentql mcp`. */
load(join(__dirname, 'mcp-engine-main.js'))
