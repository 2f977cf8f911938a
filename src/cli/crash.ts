import { errorText } from './report.ts'

/**
 * Keeps secrets out of what a crash leaves behind: prints a message instead of the error object with its properties, and
 * keeps the environment out of Node's diagnostic report, even if NODE_OPTIONS asks for one.
 */
export function guardCrashes(): void {
  const report = process.report as NodeJS.ProcessReport & { excludeEnv?: boolean }
  // since Node 22.13
  if ('excludeEnv' in report) report.excludeEnv = true
  else
    Object.assign(report, {
      reportOnFatalError: false,
      reportOnSignal: false,
      reportOnUncaughtException: false,
    })
  process.on('uncaughtException', end)
}

function end(error: unknown): void {
  try {
    process.stderr.write(errorText(error))
  } finally {
    process.exit(1)
  }
}
