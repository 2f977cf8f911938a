import { describe, expect, it } from 'vitest'
import {
  array,
  number,
  object,
  page,
  type ProviderSource,
  query,
  type ResourceSource,
  run,
  text,
} from './documents.ts'

/** A provider with one service of these resources. */
function provider(
  resources: Readonly<Record<string, ResourceSource>>,
  more: Partial<ProviderSource> = {},
  config: Readonly<Record<string, unknown>> = {},
): (url: string) => ProviderSource {
  return url => ({ ...more, services: { test: { url, resources, config } } })
}

const data = { objectKey: '$.data' }

describe('rows', () => {
  it('with names that need quotes, at two places, and in snake case', async () => {
    const inner =
      '{{ $p := index $row "properties" }}{{ if eq (kindOf $p) "map" }}{{ range $k, $v := $p }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}{{ end }}{{ range $k, $v := $row }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}"_flattened": true }'
    const { rows } = await run(
      provider(
        {
          things: {
            methods: {
              list: {
                call: 'GET /t',
                answer: object({ thingId: text, '@odata.etag': text, diskSize: number }),
                response: { transform: { body: `{{ $row := . }}{ ${inner}` } },
              },
            },
            verbs: { select: ['list'] },
          },
        },
        { config: { snake_case_aliases: true } },
      ),
      () => ({
        body: { thingId: 't-1', '@odata.etag': 'e', properties: { diskSize: 7, thingId: 'not this' } },
      }),
    )
    expect(await rows('SELECT thing_id, "@odata.etag", disk_size FROM acme.test.things')).toEqual([
      ['t-1', 'e', 7],
    ])
  })

  it('in each element of a list or a map', async () => {
    const { rows } = await run(
      provider({
        things: {
          methods: {
            list: {
              call: 'GET /t',
              answer: object({
                items: {
                  type: 'object',
                  additionalProperties: object({ things: array(object({ id: text })) }),
                },
              }),
              response: { objectKey: '$.items[*].things[*]' },
            },
          },
          verbs: { select: ['list'] },
        },
      }),
      () => ({
        body: { items: { a: { things: [{ id: '1' }, { id: '2' }] }, b: {}, c: { things: [{ id: '3' }] } } },
      }),
    )
    expect(await rows('SELECT id FROM acme.test.things ORDER BY id')).toEqual([['1'], ['2'], ['3']])
  })

  it('of an answer that the template puts under a name, and of texts', async () => {
    const wrap = '{{- $wrapped := printf "{\\"things\\":%s}" . -}}{{- $wrapped -}}'
    const cells =
      '{"names": [{{- range $i, $v := . }}{{ if $i }},{{ end }}{"name": {{ toJson $v }}}{{- end }}]}'
    const { rows } = await run(
      provider({
        things: {
          methods: {
            list: {
              call: 'GET /t',
              answer: object({ things: array(object({ id: text })) }),
              response: { objectKey: '$.things', transform: { body: wrap } },
            },
          },
          verbs: { select: ['list'] },
        },
        names: {
          methods: {
            list: {
              call: 'GET /n',
              answer: object({ names: array(object({ name: text })) }),
              response: { objectKey: '$.names', transform: { body: cells } },
            },
          },
          verbs: { select: ['list'] },
        },
      }),
      ({ url }) => (url === '/t' ? [{ id: '1' }] : ['a', 'b']),
    )
    expect(await rows('SELECT id FROM acme.test.things')).toEqual([['1']])
    expect(await rows('SELECT name FROM acme.test.names ORDER BY name DESC')).toEqual([['b'], ['a']])
  })
})

describe('parameters', () => {
  const things: ResourceSource = {
    methods: {
      get: { call: 'GET /{zone}/t/{id}', answer: object({ id: text, zone: text, size: number }) },
      list: {
        call: 'GET /{zone}/t',
        answer: page({ id: text, zone: text, size: number }),
        params: [query('size', number), query('$view')],
        response: data,
      },
    },
    verbs: { select: ['get', 'list'] },
  }
  const server = provider({ things })

  it('asks with a name that the answer has with another meaning', async () => {
    const { rows, calls } = await run(server, ({ url }) =>
      url.startsWith('/east/t?') || url === '/east/t'
        ? { body: { data: [{ id: '1', zone: 'https://zones/east', size: 1 }] } }
        : { body: { id: '1', zone: 'https://zones/east', size: 1 } },
    )
    expect(await rows("SELECT id, zone FROM acme.test.things WHERE zone = 'east'")).toEqual([
      ['1', 'https://zones/east'],
    ])
    expect(calls()).toEqual(['GET /east/t'])
    expect(await rows("SELECT zone FROM acme.test.things WHERE zone = 'east' AND id = '1'")).toEqual([
      ['https://zones/east'],
    ])
    expect(calls()).toEqual(['GET /east/t/1'])
    expect(await rows("SELECT id FROM acme.test.things WHERE zone = 'east' AND zone LIKE 'https:%'")).toEqual(
      [['1']],
    )
    expect(await rows("SELECT id FROM acme.test.things WHERE zone = 'east' AND size = 2")).toEqual([])
    expect(calls()).toContain('GET /east/t?size=2')
    await expect(rows('SELECT id FROM acme.test.things')).rejects.toThrow('zone')
  })

  it('optional ones are not among the columns of *', async () => {
    const { rows, calls } = await run(server, () => ({ body: { data: [{ id: '1', zone: 'z', size: 3 }] } }))
    expect(await rows("SELECT * FROM acme.test.things WHERE zone = 'east' AND \"$view\" = 'full'")).toEqual([
      ['1', 'z', 3],
    ])
    expect(calls()).toEqual(['GET /east/t?%24view=full'])
  })

  it('of numbers have fractions too, in a view and in the body likewise', async () => {
    const found = object({ data: array(object({ id: text })) })
    const { rows, calls, asked } = await run(
      provider({
        things: {
          methods: {
            list: {
              call: 'GET /t',
              answer: found,
              params: [query('ratio', { type: 'number' })],
              response: data,
            },
          },
          verbs: { select: ['list'] },
        },
        near: {
          methods: {
            search: {
              call: 'POST /near',
              body: object({ lat: { type: 'number' }, level: number }, ['lat']),
              answer: found,
              response: data,
            },
          },
          verbs: { select: ['search'] },
        },
      }),
      () => ({ body: { data: [{ id: '1' }] } }),
    )
    expect(
      await rows('SELECT id, ratio FROM acme.test.things WHERE ratio IN (0.5, -1e3) ORDER BY ratio'),
    ).toEqual([
      ['1', -1000],
      ['1', 0.5],
    ])
    expect(calls().sort()).toEqual(['GET /t?ratio=-1000', 'GET /t?ratio=0.5'])
    await rows('CREATE TEMP VIEW v AS SELECT id, lat AS y, level FROM acme.test.near')
    expect(await rows('SELECT id FROM v WHERE y = 47.5 AND level = 2.0')).toEqual([['1']])
    expect(await rows('SELECT id FROM v WHERE y = 47.5 AND level = 2.5')).toEqual([])
    expect(asked.map(one => one.body)).toEqual(['{"lat":47.5,"level":2}'])
  })

  it('the variables of the server come from WHERE or the environment', async () => {
    const make = (url: string): ProviderSource => ({
      services: {
        test: {
          url: `${url}/{stage}`,
          variables: { stage: { default: 'my-stage' } },
          resources: {
            things: {
              methods: { list: { call: 'GET /t', answer: array(object({ id: text })) } },
              verbs: { select: ['list'] },
            },
          },
        },
      },
    })
    const reply = (): unknown[] => [{ id: '1' }]
    const plain = await run(make, reply)
    expect(await plain.rows("SELECT id FROM acme.test.things WHERE stage = 'one'")).toEqual([['1']])
    expect(plain.calls()).toEqual(['GET /one/t'])
    await expect(plain.rows('SELECT id FROM acme.test.things')).rejects.toThrow(/stage/)
    const other = await run(make, reply, { ACME_STAGE: 'two' })
    expect(await other.rows('SELECT * FROM acme.test.things')).toEqual([['1']])
    expect(other.calls()).toEqual(['GET /two/t'])
  })
})

describe('credentials', () => {
  const list: Readonly<Record<string, ResourceSource>> = {
    things: {
      methods: { list: { call: 'GET /t', answer: array(object({ id: text })) } },
      verbs: { select: ['list'] },
    },
  }

  it('are sent in the headers of the document', async () => {
    const auth = {
      type: 'custom',
      location: 'header',
      name: 'X-Key',
      credentialsenvvar: 'A_KEY',
      successor: { type: 'api_key', name: 'X-App', valuePrefix: 'App ', credentialsenvvar: 'A_APP' },
    }
    const { rows, asked } = await run(provider(list, { auth }), () => [{ id: '1' }], {
      A_KEY: 'key',
      A_APP: 'app',
    })
    await rows('SELECT id FROM acme.test.things')
    expect(asked[0]?.headers).toMatchObject({ 'x-key': 'key', 'x-app': 'App app' })
    const missing = await run(
      provider(list, { auth: { type: 'bearer', credentialsenvvar: 'A_TOKEN' } }),
      () => [],
    )
    await expect(missing.rows('SELECT id FROM acme.test.things')).rejects.toThrow('A_TOKEN')
    const basic = await run(
      provider(list, { auth: { type: 'basic', credentialsenvvar: 'A_64' } }),
      () => [{ id: '1' }],
      { A_64: 'dTpw' },
    )
    await basic.rows('SELECT id FROM acme.test.things')
    expect(basic.asked[0]?.headers['authorization']).toBe('Basic dTpw')
  })
})

describe('pages', () => {
  const list = (
    params: string[],
    answer: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, ResourceSource>> => ({
    things: {
      methods: {
        list: {
          call: 'GET /t',
          params: params.map(name => query(name)),
          answer: object({ data: array(object({ id: text })), ...answer }),
          response: data,
        },
      },
      verbs: { select: ['list'] },
    },
  })
  const rowsOf = (...ids: number[]): object[] => ids.map(id => ({ id: String(id) }))
  const all = [['1'], ['2'], ['3']]
  const select = 'SELECT id FROM acme.test.things ORDER BY id'

  it('by the header Link', async () => {
    const config = {
      pagination: {
        requestToken: { key: '', location: 'request' },
        responseToken: { key: 'Link', location: 'header' },
      },
    }
    const { rows, calls } = await run(provider(list([], {}), {}, config), ({ url, headers }) => ({
      body: { data: url === '/t' ? rowsOf(1, 2) : rowsOf(3) },
      headers:
        url === '/t' ? { link: ['</t>; rel="self"', `<http://${headers.host}/t?after=2>; rel="next"`] } : {},
    }))
    expect(await rows(select)).toEqual(all)
    expect(calls()).toEqual(['GET /t', 'GET /t?after=2'])
  })

  it('by a URL, a token, a number and an offset', async () => {
    const from = (url: string, name: string): number =>
      Number(new URL(url, 'http://x').searchParams.get(name) ?? 0)
    const byUrl = await run(provider(list([], { nextLink: text })), ({ url, headers }) => ({
      body:
        from(url, 'n') === 0
          ? { data: rowsOf(1, 2), nextLink: `http://${headers.host}/t?n=1` }
          : { data: rowsOf(3) },
    }))
    expect(await byUrl.rows(select)).toEqual(all)
    const byToken = await run(provider(list(['pageToken'], { nextPageToken: text })), ({ url }) => ({
      body: from(url, 'pageToken') === 0 ? { data: rowsOf(1, 2), nextPageToken: '7' } : { data: rowsOf(3) },
    }))
    expect(await byToken.rows(select)).toEqual(all)
    const byNumber = await run(provider(list(['page', 'per_page'], {})), ({ url }) => ({
      body: { data: from(url, 'page') <= 1 ? rowsOf(1, 2) : rowsOf(3) },
    }))
    expect(await byNumber.rows(select)).toEqual(all)
    // the last shows that the server has ignored the number
    expect(byNumber.calls()).toEqual([1, 2, 3, 1003].map(n => `GET /t?page=${n}`))
    const byOffset = await run(provider(list(['offset', 'limit'], {})), ({ url }) => ({
      body: { data: rowsOf(1, 2, 3).slice(from(url, 'offset')).slice(0, 2) },
    }))
    expect(await byOffset.rows(select)).toEqual(all)
    expect(byOffset.calls()).toEqual([0, 2, 3].map(n => `GET /t?offset=${n}`))
  })
})

describe('changes', () => {
  const things: ResourceSource = {
    methods: {
      list: { call: 'GET /t', answer: page({ id: text, name: text, size: number }), response: data },
      create: {
        call: 'POST /t',
        body: object({ name: text, size: number, labels: object({ a: text }) }, ['name']),
        answer: object({ id: text, state: text }),
      },
      update: { call: 'PATCH /t/{id}', body: object({ size: number }), answer: object({ id: text }) },
      delete: { call: 'DELETE /t/{id}' },
      resize: {
        call: 'POST /t/{thingId}/actions',
        body: object({ type: text, size: number }),
        request: { base: '{"type":"resize"}' },
        answer: object({ done: { type: 'boolean' } }),
      },
    },
    verbs: { select: ['list'], insert: ['create'], update: ['update'], delete: ['delete'] },
  }

  it('insert, update, delete and run methods', async () => {
    const { rows, asked } = await run(provider({ things }), ({ method, url }) => {
      if (method === 'GET')
        return {
          body: {
            data: [
              { id: '1', name: 'a', size: 1 },
              { id: '2', name: 'b', size: 2 },
            ],
          },
        }
      if (method === 'DELETE') return { status: 204 }
      return { body: url.endsWith('/actions') ? { done: true } : { id: '9', state: 'new' } }
    })
    expect(
      await rows(
        'INSERT INTO acme.test.things (name, size, labels) VALUES (\'x\', 3, \'{"a":"b"}\') RETURNING id, state',
      ),
    ).toEqual([['9', 'new']])
    expect(JSON.parse(asked.pop()!.body)).toEqual({ name: 'x', size: 3, labels: { a: 'b' } })
    await rows("UPDATE acme.test.things SET size = 5 WHERE id = '1'")
    expect(asked.map(a => `${a.method} ${a.url} ${a.body}`)).toEqual(['PATCH /t/1 {"size":5}'])
    asked.length = 0
    await rows("DELETE FROM acme.test.things WHERE id IN (SELECT id FROM acme.test.things WHERE name = 'b')")
    expect(asked.map(a => `${a.method} ${a.url}`)).toEqual(['GET /t', 'DELETE /t/2'])
    await expect(rows("DELETE FROM acme.test.things WHERE name = 'b'")).rejects.toThrow('needs "id"')
    expect(await rows("EXEC acme.test.things.resize @thingId = '1', @size = 4")).toEqual([[1]])
    expect(JSON.parse(asked.pop()!.body)).toEqual({ type: 'resize', size: 4 })
  })
})

describe('columns that answers have inside an object', () => {
  const hoisted =
    '{{ $p := index $row "properties" }}{{ if eq (kindOf $p) "map" }}{{ range $k, $v := $p }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}{{ end }}{{ range $k, $v := $row }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}"_flattened": true }'
  const body = object({ location: text, properties: object({ size: number, location: text }) })
  const disks: ResourceSource = {
    methods: {
      get: {
        call: 'GET /disks/{name}',
        answer: object({ name: text, location: text, size: number, state: text, properties: object({}) }),
        response: { transform: { body: `{{ $row := . }}{ ${hoisted}` } },
      },
      update: { call: 'PATCH /disks/{name}', body, answer: object({ name: text }) },
      create: { call: 'POST /disks', body, answer: object({ name: text }) },
    },
    verbs: { select: ['get'], update: ['update'], insert: ['create'] },
  }
  const disk = { name: 'a', location: 'here', properties: { size: 4, state: 'ready' } }
  const open = () =>
    run(provider({ disks }), ({ method }) => ({ body: method === 'GET' ? disk : { name: 'a' } }))

  it('are set where bodies are documented to have them', async () => {
    const { rows, asked } = await open()
    await rows("UPDATE acme.test.disks SET size = 5, location = 'there' WHERE name = 'a'")
    await rows("UPDATE acme.test.disks SET size = size + 1 WHERE name = 'a'")
    await rows("INSERT INTO acme.test.disks (location, size) VALUES ('here', 7)")
    expect(asked.filter(a => a.method !== 'GET').map(a => `${a.method} ${a.url} ${a.body}`)).toEqual([
      'PATCH /disks/a {"properties":{"size":5},"location":"there"}',
      'PATCH /disks/a {"properties":{"size":5}}',
      'POST /disks {"location":"here","properties":{"size":7}}',
    ])
  })

  it('are refused where they are not, and if they are given twice', async () => {
    const { rows, asked } = await open()
    await expect(rows("UPDATE acme.test.disks SET state = 'x' WHERE name = 'a'")).rejects.toThrow(
      'cannot be set: the API decides it',
    )
    await expect(
      rows("UPDATE acme.test.disks SET size = 5, properties.size = 6 WHERE name = 'a'"),
    ).rejects.toThrow('"properties.size" is given twice')
    await expect(rows("INSERT INTO acme.test.disks (size, properties) VALUES (5, '{}')")).rejects.toThrow(
      'is given twice',
    )
    expect(asked).toEqual([])
  })
})

it('takes the keys of a table from its parent', async () => {
  const users: ResourceSource = {
    methods: { list: { call: 'GET /users', answer: array(object({ id: text })) } },
    verbs: { select: ['list'] },
  }
  const keys: ResourceSource = {
    methods: { list: { call: 'GET /users/{userId}/keys', answer: array(object({ key: text })) } },
    verbs: { select: ['list'] },
  }
  const { rows } = await run(provider({ users, user_keys: keys }), ({ url }) =>
    url === '/users' ? [{ id: 'a' }, { id: 'b' }] : [{ key: url.split('/')[2] }],
  )
  expect(await rows('SELECT userId, key FROM acme.test.user_keys ORDER BY key')).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ])
})

it('says why a method cannot be called', async () => {
  const { rows } = await run(
    provider({
      things: {
        methods: { list: { call: 'GET /t', answer: text, media: 'text/csv' } },
        verbs: { select: ['list'] },
      },
    }),
    () => [],
  )
  await expect(rows('SELECT * FROM acme.test.things')).rejects.toThrow(/text\/csv/)
})

it('has the views of the documents', async () => {
  const { rows } = await run(
    provider({
      things: {
        methods: { list: { call: 'GET /{org}/t', answer: array(object({ id: text, tags: array(text) })) } },
        verbs: { select: ['list'] },
      },
      vw_tags: {
        config: {
          views: {
            select: {
              predicate: 'sqlDialect == "sqlite3"',
              ddl: "SELECT t.org, t.id, g.value AS tag FROM acme.test.things t, json_each(t.tags) g WHERE t.org = '{{ org }}'",
            },
          },
        },
      },
    }),
    () => [{ id: '1', tags: ['a', 'b'] }],
  )
  expect(await rows("SELECT id, tag FROM acme.test.vw_tags WHERE org = 'o' ORDER BY tag")).toEqual([
    ['1', 'a'],
    ['1', 'b'],
  ])
})

it('returns what a row was inserted with where the answer does not have it', async () => {
  const make = (url: string): ProviderSource => ({
    services: {
      test: {
        url: `${url}/{stage}`,
        variables: { stage: { default: 'my-stage' } },
        resources: {
          things: {
            methods: {
              list: { call: 'GET /{org}/{zone}/t', answer: array(object({ id: text, zone: text })) },
              add: {
                call: 'POST /{org}/{zone}/t',
                params: [query('force')],
                body: object({ name: text }),
                answer: object({ id: text, zone: text }),
              },
            },
            verbs: { select: ['list'], insert: ['add'] },
          },
        },
      },
    },
  })
  const { rows, calls } = await run(make, () => ({ body: { id: '1', zone: 'https://zones/z' } }), {
    ACME_STAGE: 'dev',
  })
  expect(
    await rows(
      "INSERT INTO acme.test.things (org, zone, name, force) VALUES ('o', 'z', 'n', 'y') RETURNING id, org, zone, stage",
    ),
  ).toEqual([['1', 'o', 'https://zones/z', 'dev']])
  expect(
    await rows(
      "INSERT INTO acme.test.things (stage, org, zone, name) VALUES ('x', 'o', 'z', 'n'), ('y', 'p', 'z', 'm') RETURNING stage, org",
    ),
  ).toEqual([
    ['x', 'o'],
    ['y', 'p'],
  ])
  expect(calls()).toEqual(['POST /dev/o/z/t?force=y', 'POST /x/o/z/t', 'POST /y/p/z/t'])
})
