import { chmodSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadProfile, profileFile, profileNames } from '../../src/config/load.ts'
import { configFile, folder, KINDS } from './support.ts'

const TWO = `profiles:
  default: { credentials: [{ for: cloud, key: D, secret: { env: S } }] }
  prod: { credentials: [{ for: cloud, key: P, secret: { env: S } }] }
`
const SECRET = 'profiles: { default: { credentials: [{ for: cloud, key: D, secret: literal-secret }] } }'
const keyOf = async (env: Record<string, string>, name?: string): Promise<unknown> => {
  const [entry] = (await loadProfile({ env, name, kinds: KINDS })).credentials
  return entry?.secret.kind === 'key' ? entry.secret.key : undefined
}

describe('the profile', () => {
  it('is read from the XDG configuration folder, otherwise below the home folder', () => {
    expect(profileFile({ XDG_CONFIG_HOME: '/x', HOME: '/h' })).toBe('/x/confluentql/config.yaml')
    expect(profileFile({ XDG_CONFIG_HOME: 'relative', HOME: '/h' })).toBe(
      '/h/.config/confluentql/config.yaml',
    )
    expect(profileFile({ HOME: '/h' })).toBe('/h/.config/confluentql/config.yaml')
    expect(profileFile({})).toBeUndefined()
    expect(profileFile({ CONFLUENTQL_CONFIG: 'own.yaml', XDG_CONFIG_HOME: '/x' })).toBe('own.yaml')
    expect(profileFile({ CONFLUENTQL_CONFIG: '', HOME: '/h' })).toBe('/h/.config/confluentql/config.yaml')
  })

  it('is the named one, otherwise that of CONFLUENTQL_PROFILE, otherwise default', async () => {
    const { home } = configFile(TWO)
    const env = { XDG_CONFIG_HOME: home }
    expect(await keyOf(env)).toEqual({ kind: 'literal', text: 'D' })
    expect(await keyOf({ ...env, CONFLUENTQL_PROFILE: 'prod' })).toEqual({ kind: 'literal', text: 'P' })
    expect(await keyOf({ ...env, CONFLUENTQL_PROFILE: 'prod' }, 'default')).toEqual({
      kind: 'literal',
      text: 'D',
    })
  })

  it('is in the file of CONFLUENTQL_CONFIG, which must exist', async () => {
    const { home, file } = configFile(TWO)
    expect(await keyOf({ CONFLUENTQL_CONFIG: file }, 'prod')).toEqual({ kind: 'literal', text: 'P' })
    const none = { CONFLUENTQL_CONFIG: `${file}.not`, XDG_CONFIG_HOME: home }
    for (const name of [undefined, 'default', 'prod'])
      await expect(loadProfile({ env: none, name, kinds: KINDS })).rejects.toMatchObject({
        code: 'USAGE',
        message: `there is no profile file ${file}.not`,
      })
  })

  it('need not exist unless it is named', async () => {
    const none = { XDG_CONFIG_HOME: folder() }
    expect(await loadProfile({ env: none, kinds: KINDS })).toMatchObject({ endpoints: {}, credentials: [] })
    expect(await loadProfile({ env: {}, kinds: KINDS })).toMatchObject({ credentials: [] })
    await expect(loadProfile({ env: none, name: 'prod', kinds: KINDS })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/no profile "prod".*does not exist/),
    })
    const { home } = configFile(TWO)
    await expect(
      loadProfile({ env: { XDG_CONFIG_HOME: home }, name: 'dev', kinds: KINDS }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/no profile "dev".*default, prod/) })
  })

  it.skipIf(process.platform === 'win32').each([0o644, 0o640, 0o604, 0o660, 0o610])(
    'with secrets is refused with mode %o',
    async mode => {
      const { home, file } = configFile(SECRET)
      chmodSync(file, mode)
      await expect(loadProfile({ env: { XDG_CONFIG_HOME: home }, kinds: KINDS })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('holds secrets'),
        hint: `Run: chmod 600 ${file}`,
      })
    },
  )

  it.skipIf(process.platform === 'win32').each([0o600, 0o400])(
    'with secrets is accepted with mode %o',
    async mode => {
      const { home, file } = configFile(SECRET)
      chmodSync(file, mode)
      expect(await keyOf({ XDG_CONFIG_HOME: home })).toEqual({ kind: 'literal', text: 'D' })
    },
  )

  it.skipIf(process.platform === 'win32')(
    'without secrets may be read by others, but not changed',
    async () => {
      const { home, file } = configFile(TWO)
      chmodSync(file, 0o644)
      expect(await keyOf({ XDG_CONFIG_HOME: home })).toEqual({ kind: 'literal', text: 'D' })
      chmodSync(file, 0o664)
      await expect(keyOf({ XDG_CONFIG_HOME: home })).rejects.toMatchObject({
        message: expect.stringContaining('can be changed by others'),
        hint: expect.stringContaining('chmod 600'),
      })
    },
  )
})

describe('the names of profiles', () => {
  it('are those of the file, in its order', async () => {
    expect(await profileNames({ XDG_CONFIG_HOME: configFile(TWO).home })).toEqual(['default', 'prod'])
  })

  it.each([
    ['without a file', undefined],
    ['of a file that is no YAML', 'profiles: {'],
    ['of a file without profiles', 'other: 1'],
    ['of profiles that are a list', 'profiles: [a, b]'],
  ])('are none %s', async (_, text) => {
    const home = text === undefined ? folder() : configFile(text).home
    expect(await profileNames({ XDG_CONFIG_HOME: home })).toEqual([])
  })
})
