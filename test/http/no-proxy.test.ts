import { describe, expect, it } from 'vitest'
import { readNoProxy } from '../../src/http/wire/no-proxy.ts'

const AWS = 'https://pkc-1.us-east-1.aws.confluent.cloud'

describe('NO_PROXY', () => {
  it.each([
    ['*', AWS],
    ['localhost,*', AWS],
    ['a.example , confluent.cloud', AWS],
    ['.confluent.cloud', AWS],
    ['*.aws.confluent.cloud', AWS],
    ['CONFLUENT.CLOUD.', AWS],
    ['confluent.cloud:443', AWS],
    ['confluent.cloud:8443', `${AWS}:8443`],
    ['confluent.cloud', 'https://confluent.cloud.'],
    ['10.1.2.3', 'http://10.1.2.3'],
    ['10.1.2.3:80', 'http://10.1.2.3'],
    ['10.0.0.0/8', 'https://10.255.0.1:8443'],
    ['192.168.1.128/25', 'https://192.168.1.200'],
    ['0.0.0.0/0', 'https://203.0.113.9'],
    ['2001:db8::1', 'https://[2001:db8::1]'],
    ['[2001:db8::1]', 'https://[2001:DB8:0:0::1]:8443'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
    ['2001:db8::/32', 'https://[2001:db8:1::9]'],
    ['[fe80::]/10', 'https://[febf::1]'],
  ])('%s names %s', (text, origin) => {
    expect(readNoProxy(text)).toMatchObject({ strange: [] })
    expect(readNoProxy(text).has(origin)).toBe(true)
  })

  it.each([
    ['', AWS],
    ['example.com', AWS],
    ['luent.cloud', AWS],
    ['pkc-1.us-east-1.aws.confluent.cloud.example.com', AWS],
    ['confluent.cloud:8443', AWS],
    ['10.1.2.3:81', 'http://10.1.2.3'],
    ['0.0.1', 'http://10.0.0.1'],
    ['10.0.0.0/8', 'https://11.0.0.1'],
    ['192.168.1.128/25', 'https://192.168.1.100'],
    ['10.0.0.0/8', AWS],
    ['2001:db8::/32', 'https://[2001:db9::1]'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]'],
    ['0.0.0.0/0', 'https://[2001:db8::1]'],
  ])('%s does not name %s', (text, origin) => {
    expect(readNoProxy(text).has(origin)).toBe(false)
  })

  it('has entries that name no host', () => {
    const strange = [
      'http://x.example',
      '10.0.0.0/33',
      '::/129',
      'x.example/8',
      '[::1',
      'a*b',
      '*.',
      'x:port',
      'u@x',
    ]
    const { strange: found, has } = readNoProxy([...strange, 'confluent.cloud'].join(' , '))
    expect(found).toEqual(strange)
    expect(has(AWS)).toBe(true)
  })
})
