/** The day that every sandbox of the tests starts on, and that the documents show. */
export const SANDBOX_DAY = '2026-11-01'

/** The variable that has the program start its sandbox on that day. */
export const ON_THAT_DAY = { CONFLUENTQL_SANDBOX_DATE: SANDBOX_DAY } as const
