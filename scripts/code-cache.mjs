// Writes V8's code cache beside each built file, after running typical statements. src/cli/launch/load.ts reads it.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/** Together these use every stage of a statement: name resolution, paging, a join, an OR. */
const STATEMENTS = `
SHOW METHODS IN confluent.iam.invitations;
DESCRIBE confluent.iam.invitations;
SELECT id, email FROM confluent.iam.users WHERE id = 'u-08mnyy';
SELECT i.email, u.full_name FROM confluent.iam.invitations i JOIN confluent.iam.users u ON u.id = i.creator.id WHERE i.status = 'x' OR i.email LIKE 'a%' LIMIT 5`

const RECORD = `
const { writeFileSync } = require('node:fs')
const { scripts } = require(process.argv[1])
process.on('exit', () => {
  for (const [file, script] of scripts) writeFileSync(file + '.cache', script.createCachedData())
})`

execFileSync(process.execPath, ['-e', RECORD, PROGRAM, '--sandbox', STATEMENTS], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
