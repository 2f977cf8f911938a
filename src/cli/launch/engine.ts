import { join } from 'node:path'
import { load, scripts } from './load.ts'

export { scripts }

/* The entry point of the engine's process of the shell. */
load(join(__dirname, 'engine-main.js'))
