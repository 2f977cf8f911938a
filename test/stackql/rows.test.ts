import { describe, expect, it } from 'vitest'
import { array, convert, number, object, page, text, type MethodSource } from './documents.ts'

/** The method `list` of a resource, converted. */
function converted(method: MethodSource): {
  rows: unknown
  columns: [name: string, at: string | undefined][]
} {
  const { things } = convert({
    resources: { things: { methods: { list: method }, verbs: { select: ['list'] } } },
  })
  if (things?.methods[0] === undefined) throw new Error(JSON.stringify(things?.unsupported))
  return { rows: things.methods[0].rows, columns: things.columns.map(({ name, at }) => [name, at]) }
}

const row = object({ id: text, size: number })

describe('the place of the rows', () => {
  it('is the object key: a list, one object, a list in each element of a list', () => {
    expect(
      converted({ call: 'GET /t', answer: page({ id: text }), response: { objectKey: '$.data' } }).rows,
    ).toEqual({ at: '$.data', kind: 'array', absent: 'empty' })
    expect(
      converted({ call: 'GET /t', answer: object({ thing: row }), response: { objectKey: '$.thing' } }).rows,
    ).toEqual({ at: '$.thing', kind: 'one' })
    expect(
      converted({
        call: 'GET /t',
        answer: object({ a: object({ '1_b': array(row) }) }),
        response: { objectKey: '$.a.1_b' },
      }).rows,
    ).toEqual({ at: '$.a."1_b"', kind: 'array', absent: 'empty' })
    const nested = object({ items: { type: 'object', additionalProperties: object({ things: array(row) }) } })
    expect(
      converted({ call: 'GET /t', answer: nested, response: { objectKey: '$.items[*].things[*]' } }),
    ).toEqual({
      rows: { at: '$.items[*].things', kind: 'array', absent: 'empty' },
      columns: [
        ['id', undefined],
        ['size', undefined],
      ],
    })
  })

  it('is the answer, if the key names a text or number in it', () => {
    expect(converted({ call: 'GET /t', answer: row, response: { objectKey: '$.size' } })).toEqual({
      rows: { at: '$', kind: 'one' },
      columns: [
        ['id', undefined],
        ['size', undefined],
      ],
    })
  })

  it('without a key is the answer, if it is a list; otherwise its items; otherwise the answer is one row', () => {
    expect(converted({ call: 'GET /t', answer: array(row) }).rows).toEqual({ at: '$', kind: 'array' })
    expect(converted({ call: 'GET /t', answer: object({ items: array(row), total: number }) }).rows).toEqual({
      at: '$.items',
      kind: 'array',
      absent: 'empty',
    })
    expect(converted({ call: 'GET /t', answer: row }).rows).toEqual({ at: '$', kind: 'one' })
  })

  it('rows that are no objects have one column', () => {
    expect(converted({ call: 'GET /t', answer: array(text) })).toEqual({
      rows: { at: '$', kind: 'array' },
      columns: [['value', '$']],
    })
  })
})

describe('templates of answers', () => {
  const wrap = (name: string): string => `{{- $wrapped := printf "{\\"${name}\\":%s}" . -}}\n{{- $wrapped -}}`

  it('an answer under a name is read where it is', () => {
    const answer = object({ things: array(row) })
    const response = {
      objectKey: '$.things',
      overrideMediaType: 'application/json',
      transform: { type: 'golang_template_text_v0.3.0', body: wrap('things') },
    }
    expect(converted({ call: 'GET /t', answer, response }).rows).toEqual({ at: '$', kind: 'array' })
    expect(
      converted({
        call: 'GET /t',
        answer: object({ x: row }),
        response: {
          ...response,
          objectKey: undefined,
          transform: { type: 'golang_template_json_v0.3.0', body: '{"x": {{ toJson . }}}' },
        },
      }),
    ).toEqual({ rows: { at: '$', kind: 'one' }, columns: [['x', '$']] })
  })

  it('members of an inner object beside those of the row are second places of columns', () => {
    const inner =
      '{{ $p := index $row "properties" }}{{ if eq (kindOf $p) "map" }}{{ range $k, $v := $p }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}{{ end }}{{ range $k, $v := $row }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}"_flattened": true }'
    const list = `{"value": [\n{{- range $i, $row := index . "value" }}{{ if $i }},{{ end }}\n  { ${inner}\n{{- end }}\n], "nextLink": {{ toJson (index . "nextLink") }}}`
    const flat = object({ id: text, state: text, _flattened: { type: 'boolean' } })
    const { things } = convert({
      resources: {
        things: {
          methods: {
            list: {
              call: 'GET /t',
              answer: object({ value: array(flat), nextLink: text }),
              response: {
                objectKey: '$.value',
                transform: { type: 'golang_template_json_v0.3.0', body: list },
              },
            },
            get: {
              call: 'GET /t/{id}',
              answer: flat,
              response: {
                transform: { type: 'golang_template_json_v0.3.0', body: `{{ $row := . }}{ ${inner}` },
              },
            },
          },
          verbs: { select: ['get', 'list'] },
        },
      },
    })
    expect(things?.columns.filter(c => !c.isInput)).toEqual([
      { name: 'id', type: 'string', at: '$.id', orAt: '$.properties.id' },
      { name: 'state', type: 'string', at: '$.state', orAt: '$.properties.state' },
    ])
    expect(things?.methods.map(m => [m.name, m.rows, m.paging])).toEqual([
      ['get', { at: '$', kind: 'one' }, undefined],
      ['list', { at: '$.value', kind: 'array', absent: 'empty' }, { kind: 'url', next: '$.nextLink' }],
    ])
  })

  it('scalars made to rows are read where they are', () => {
    const answer = object({ names: array(object({ name: text })) })
    const body =
      '{{- $wrapped := printf "{\\"items\\":%s}" . -}}\n{{- $parsed := jsonMapFromString $wrapped -}}\n{{- $items := index $parsed "items" -}}\n{"names":[{{- range $i, $v := $items -}}{{- if $i -}},{{- end -}}{"name":"{{- $v -}}"}{{- end -}}]}'
    const cells = { rows: { at: '$', kind: 'array' }, columns: [['name', '$']] }
    expect(
      converted({ call: 'GET /t', answer, response: { objectKey: '$.names', transform: { body } } }),
    ).toEqual(cells)
    const json =
      '{"names": [{{- range $i, $v := . }}{{ if $i }},{{ end }}{"name": {{ toJson $v }}}{{- end }}]}'
    expect(
      converted({ call: 'GET /t', answer, response: { objectKey: '$.names', transform: { body: json } } }),
    ).toEqual(cells)
    const inner =
      '{"value": [{{- range $i, $v := index . "value" }}{{ if $i }},{{ end }}{"name": {{ toJson $v }}}{{- end }}], "nextLink": {{ toJson (index . "nextLink") }}}'
    expect(
      converted({
        call: 'GET /t',
        answer: object({ value: array(object({ name: text })) }),
        response: { objectKey: '$.value', transform: { body: inner } },
      }).rows,
    ).toEqual({ at: '$."value"', kind: 'array', absent: 'empty' })
    expect(
      converted({
        call: 'GET /t',
        answer: array(object({ result: object({}) })),
        response: { transform: { body: '[{"result": {{ toJson .result }}}]' } },
      }),
    ).toEqual({ rows: { at: '$', kind: 'one' }, columns: [['result', '$.result']] })
  })

  it('a template of another form leaves the method out, with the reason', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: {
            list: {
              call: 'GET /t',
              answer: array(row),
              response: { transform: { body: '{{ range . }}{{ .x | upper }}{{ end }}' } },
            },
          },
          verbs: { select: ['list'] },
        },
      },
    })
    expect(things?.methods).toEqual([])
    expect(things?.unsupported).toEqual([
      {
        name: 'list',
        verb: 'select',
        call: 'GET /t',
        reason: 'its answer is changed by a template of an unknown form',
      },
    ])
  })
})

describe('columns', () => {
  it('are those of all answers of SELECT; parts of a schema are merged, references followed', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: {
            get: {
              call: 'GET /t/{key}',
              answer: {
                allOf: [{ $ref: '#/components/schemas/Base' }, object({ extra: { oneOf: [text, number] } })],
              },
            },
            list: {
              call: 'GET /t',
              answer: array({
                anyOf: [
                  object({ id: text, only_list: { type: ['null', 'boolean'] } }),
                  object({ at: { type: 'string', format: 'date-time' } }),
                ],
              }),
            },
          },
          verbs: { select: ['get', 'list'] },
        },
      },
      schemas: {
        Base: object({
          id: { type: 'string', description: `The\tid.\u0007 ${'x'.repeat(300)}`, enum: ['a', 'b'] },
        }),
      },
    })
    expect(things?.columns.map(c => [c.name, c.type, c.isInput ?? false])).toEqual([
      ['id', 'string', false],
      ['extra', 'string', false],
      ['only_list', 'boolean', false],
      ['at', 'timestamp', false],
      ['key', 'string', true],
    ])
    expect(things?.columns[0]?.values).toEqual(['a', 'b'])
    expect(things?.columns[0]?.about).toMatch(/^The id\. x{140,}…$/)
    expect(things?.columns[0]?.about).toHaveLength(160)
  })

  it('a schema that contains itself ends after a few levels', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: { list: { call: 'GET /t', answer: array({ $ref: '#/components/schemas/Node' }) } },
          verbs: { select: ['list'] },
        },
      },
      schemas: {
        Node: object({ id: text, child: { $ref: '#/components/schemas/Node' } }),
        Loop: { $ref: '#/components/schemas/Loop' },
      },
    })
    let depth = 0
    for (let shape = things?.columns[1]?.fields?.['child']; shape?.fields; shape = shape.fields['child'])
      depth++
    expect(depth).toBeLessThan(4)
  })

  it('passwords, values that can only be written, and telling names are secrets; what tells about them is not', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: {
            list: {
              call: 'GET /t',
              answer: array(
                object({
                  pin: { type: 'string', format: 'password' },
                  code: { type: 'string', writeOnly: true },
                  client_secret: text,
                  secretName: text,
                  token_type: text,
                  nextPageToken: text,
                  credentials: object({ password: object({ value: text }), apiKey: text }),
                }),
              ),
            },
          },
          verbs: { select: ['list'] },
        },
      },
    })
    const secret = things?.columns.filter(c => c.secret).map(c => c.name)
    expect(secret).toEqual(['pin', 'code', 'client_secret'])
    expect(things?.columns.at(-1)?.fields?.['apiKey']?.secret).toBe(true)
  })

  it('at different places are those of each method', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: {
            get: { call: 'GET /t/{id}', answer: object({ id: text, size: number }) },
            open: { call: 'GET /open', answer: object({}) },
            names: { call: 'GET /names', answer: array(text) },
          },
          verbs: { select: ['get', 'open', 'names'] },
        },
      },
    })
    const columns = things?.methods.map(m => m.columns?.map(c => `${c.name} ${c.at ?? ''}`))
    expect(columns).toEqual([
      ['id ', 'size ', 'value ', 'asked_id $.id'],
      ['id ', 'size ', 'value $', 'asked_id '],
      ['value $', 'asked_id '],
    ])
  })

  it('two that differ by case alone get a number', () => {
    expect(converted({ call: 'GET /t', answer: array(object({ Id: text, id: number })) }).columns).toEqual([
      ['Id', undefined],
      ['id_2', '$.id'],
    ])
  })
})

it('a reference may lead into a list, as to a part of another schema', () => {
  const { things } = convert({
    schemas: { Tag: { allOf: [object({ id: text }), object({ label: text })] } },
    resources: {
      things: {
        methods: {
          list: {
            call: 'GET /t',
            answer: array({ allOf: [{ $ref: '#/components/schemas/Tag/allOf/0' }, object({ name: text })] }),
          },
        },
        verbs: { select: ['list'] },
      },
    },
  })
  expect(things?.columns.map(c => c.name)).toEqual(['id', 'name'])
})
