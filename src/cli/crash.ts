import { errorText } from './report.ts'

/**
 * What this process leaves when it fails by a fault of its own holds no secret: a message instead of the error with all
 * that hangs on it, and no diagnostic report with the environment in it, be it asked for by NODE_OPTIONS.
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
