/** The date of every sandbox in tests and documents. */
export const SANDBOX_DAY = '2026-11-01'

/** The variable that sets this date in the program. */
export const ON_THAT_DAY = { CONFLUENTQL_SANDBOX_DATE: SANDBOX_DAY } as const
