/** StackQL's provider documents as providers of the catalog. */

export { isStackqlProvider, readProvider } from './provider.ts'
export type { StackqlProvider } from './provider.ts'
export { convertService } from './service.ts'
