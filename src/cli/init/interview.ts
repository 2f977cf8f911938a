import { isResourceId } from '../../config/endpoints.ts'
import { isLoopback, readBaseUrl } from '../../config/url.ts'
import type { Prompt } from './prompt.ts'
import type { Answers, KeyPair, ResourceEntry } from './text.ts'

/** Asks for the values of a profile file. `name`: the profile's name, if given on the command line. */
export async function interview(
  prompt: Prompt,
  name: string | undefined,
  variables: KeyPair,
): Promise<Answers> {
  return {
    name: name ?? ((await prompt.ask('Name of the profile [default]: ')) || 'default'),
    key: await askKey(prompt, `Cloud API key [from ${variables.key} and ${variables.secret}]: `),
    variables,
    others: await askOthers(prompt),
  }
}

/** Asks for a key and its secret; undefined if the answer is empty. */
async function askKey(prompt: Prompt, question: string): Promise<KeyPair | undefined> {
  const key = await askUntil(prompt, question, text =>
    text === '' || isHeaderSafe(text) ? undefined : 'A key is plain letters and digits, without blanks.',
  )
  if (key === '') return undefined
  for (;;) {
    const secret = await prompt.ask('Its secret (not shown): ', { isSecret: true })
    if (isHeaderSafe(secret)) return { key, secret }
    prompt.say(`${secret === '' ? 'A secret is needed.' : 'A secret is plain characters, without blanks.'}\n`)
  }
}

async function askOthers(prompt: Prompt): Promise<ResourceEntry[]> {
  prompt.say('A Kafka cluster (lkc-…) or Schema Registry (lsrc-…) with a key of its own:\n')
  const found: ResourceEntry[] = []
  for (;;) {
    const id = await askUntil(prompt, 'Its id [none, or no more]: ', text => {
      if (text === '') return undefined
      if (found.some(o => o.id === text)) return 'That id has been given.'
      return isResourceId(text) ? undefined : 'An id looks like lkc-abc123.'
    })
    if (id === '') return found
    const url = await askUntil(
      prompt,
      'Its base URL, which a Kafka cluster can do without [none]: ',
      urlFault,
    )
    const key = await askKey(prompt, 'Its API key [none]: ')
    found.push({ id, url: url === '' ? undefined : url, key })
  }
}

/** Repeats the question until the answer is valid. */
async function askUntil(
  prompt: Prompt,
  question: string,
  fault: (text: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const answer = await prompt.ask(question)
    const found = fault(answer)
    if (found === undefined) return answer
    prompt.say(`${found}\n`)
  }
}

function urlFault(text: string): string | undefined {
  if (text === '') return undefined
  const url = readBaseUrl(text)
  if (typeof url === 'string') return `That ${url}.`
  return url.secure || isLoopback(url.hostname) ? undefined : 'That must begin with https://.'
}

/** Printable ASCII without blanks: valid in a header. */
function isHeaderSafe(text: string): boolean {
  return /^[\u0021-\u007e]+$/.test(text)
}
