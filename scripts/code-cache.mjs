// Writes V8's code cache beside each built file, after running typical statements. src/cli/launch/load.ts reads it.
// The build runs it, and npm after it has installed the package, since V8 rejects the cache of another version.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/** Together these use every stage of a statement, and the most common formats: name resolution, paging, a join, an OR. */
const STATEMENTS = `
SHOW METHODS IN confluent.iam.invitations;
DESCRIBE confluent.iam.invitations;
.mode json
SELECT id, email FROM confluent.iam.users WHERE id = 'u-08mnyy';
.mode csv
SELECT i.email, u.full_name FROM confluent.iam.invitations i JOIN confluent.iam.users u ON u.id = i.creator.id WHERE i.status = 'x' OR i.email LIKE 'a%' LIMIT 5`

/**
 * V8 notes in the cache which functions it has compiled to machine code, and compiles those again at their first call, which takes a
 * short statement longer than it saves. V8 rejects a cache of other flags, so they are restored before it is written.
 */
const RECORD = `
const { writeFileSync } = require('node:fs')
const { setFlagsFromString } = require('node:v8')
setFlagsFromString('--no-sparkplug')
const { scripts } = require(process.argv[1])
process.on('exit', () => {
  setFlagsFromString('--sparkplug')
  for (const [file, script] of scripts) writeFileSync(file + '.cache', script.createCachedData())
})`

/** Settings of whoever installs are not those of a later run: V8 rejects a cache of other options, and a profile may not exist. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('CONFLUENT')),
)

// npm also runs it in a checkout, where there is nothing to run before the first build
if (existsSync(PROGRAM)) {
  try {
    execFileSync(process.execPath, ['-e', RECORD, PROGRAM, '--sandbox', STATEMENTS], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  } catch (error) {
    // the program works without it
    process.stderr.write(
      `confluentql starts more slowly, since V8's code cache was not written: ${error.message}\n`,
    )
  }
}
