import { afterAll } from 'vitest'
import { undoAll } from './cleanup.ts'

afterAll(undoAll)
