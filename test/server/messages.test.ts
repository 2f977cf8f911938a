import { beforeAll, describe, expect, it } from 'vitest'
import {
  bind,
  describeMessage,
  exchange,
  executeMessage,
  functionCall,
  parse,
  query,
  sync,
} from './messages.ts'
import { serve, type Served } from './support.ts'

/* Answers to sequences of messages, as Postgres 18 gives them. */

let server: Served
let send: (...sent: Buffer[]) => Promise<string[]>
beforeAll(async () => {
  server = await serve()
  send = await exchange(server)
})

const NUMBERS = 'SELECT i FROM generate_series(1, 9) i'
const declare = (name: string, more = ''): Buffer => query(`DECLARE ${name} CURSOR ${more} FOR ${NUMBERS}`)
/** The answer to a statement, without RowDescription and ReadyForQuery. */
const answer = async (sql: string): Promise<string[]> =>
  (await send(query(sql))).filter(line => !/^[TZ]/.test(line))
const zone = (): Promise<string[]> => answer('SHOW TimeZone')

describe('cursors', () => {
  it('FETCH and MOVE RELATIVE take the row at that distance', async () => {
    await send(query('BEGIN'))
    await send(declare('c'))
    expect(await answer('FETCH RELATIVE 3 FROM c')).toEqual(['D 3', 'C FETCH 1'])
    expect(await answer('MOVE RELATIVE 2 FROM c')).toEqual(['C MOVE 1'])
    expect(await answer('FETCH RELATIVE 1 FROM c')).toEqual(['D 6', 'C FETCH 1'])
    expect(await answer('FETCH +2 FROM c')).toEqual(['D 7', 'D 8', 'C FETCH 2'])
    expect(await answer('FETCH RELATIVE 5 FROM c')).toEqual(['C FETCH 0'])
    await send(query('ROLLBACK'))
  })

  it.each(['FETCH 0 FROM c', 'FETCH FORWARD 0 FROM c', 'FETCH RELATIVE 0 FROM c', 'MOVE 0 IN c'])(
    '%s, the row that was fetched last, is an error',
    async sql => {
      await send(query('BEGIN'))
      await send(declare('c', 'NO SCROLL'))
      await send(query('FETCH 1 FROM c'))
      expect(await send(query(sql))).toEqual(['E 55000', 'Z E'])
      await send(query('ROLLBACK'))
    },
  )

  it('CLOSE ALL has its tag', async () => {
    expect(await answer('CLOSE ALL')).toEqual(['C CLOSE CURSOR ALL'])
  })

  it('the rows of a BINARY cursor are described as binary', async () => {
    await send(query('BEGIN'))
    await send(declare('c', 'BINARY'))
    expect(await send(query('FETCH 1 FROM c'))).toEqual(['T 1', 'D \0\0\0\u0001', 'C FETCH 1', 'Z T'])
    await send(query('ROLLBACK'))
    await send(query('BEGIN'))
    await send(declare('c', 'BINARY'))
    const bound = await send(
      parse('', 'FETCH 1 FROM c'),
      bind('', ''),
      describeMessage('P', ''),
      executeMessage(''),
      sync,
    )
    expect(bound).toEqual(['1', '2', 'T 0', 'D 1', 'C FETCH 1', 'Z T'])
    await send(query('ROLLBACK'))
  })

  it('a DECLARE has the parameters of its query, and needs them', async () => {
    await send(query('BEGIN'))
    const sql = 'DECLARE c CURSOR FOR SELECT i FROM generate_series(1, 9) i WHERE i > $1::int8'
    const described = await send(
      parse('', sql),
      describeMessage('S', ''),
      bind('', '', ['7']),
      executeMessage(''),
      sync,
    )
    expect(described).toEqual(['1', 't 20', 'n', '2', 'C DECLARE CURSOR', 'Z T'])
    expect(await answer('FETCH ALL FROM c')).toEqual(['D 8', 'D 9', 'C FETCH 2'])
    await send(query('ROLLBACK; BEGIN'))
    expect(await answer(sql)).toEqual(['E 42P02'])
    await send(query('ROLLBACK'))
  })

  it('ROLLBACK TO closes the cursors and portals that its block has opened, and no others', async () => {
    await send(query('BEGIN'))
    await send(declare('before'))
    await send(query('SAVEPOINT s'))
    await send(declare('c'))
    await send(parse('', NUMBERS), bind('p', ''), executeMessage('p', 1), sync)
    await send(query('FETCH 1 FROM before'))
    expect(await answer('ROLLBACK TO s')).toEqual(['C ROLLBACK'])
    expect(await send(declare('c'))).toEqual(['C DECLARE CURSOR', 'Z T'])
    expect(await answer('FETCH 1 FROM c')).toEqual(['D 1', 'C FETCH 1'])
    expect(await answer('FETCH 1 FROM before')).toEqual(['D 2', 'C FETCH 1'])
    expect(await send(executeMessage('p', 1), sync)).toEqual(['E 34000', 'Z E'])
    await send(query('ROLLBACK'))
  })

  it('a cursor WITH HOLD ends with the block that has declared it, if that is rolled back', async () => {
    await send(declare('kept', 'WITH HOLD'))
    await send(query('BEGIN'))
    await send(declare('c', 'WITH HOLD'))
    await send(query('ROLLBACK'))
    expect(await answer('FETCH 1 FROM c')).toEqual(['E 34000'])
    expect(await answer('FETCH 1 FROM kept')).toEqual(['D 1', 'C FETCH 1'])
    await send(query('CLOSE ALL'))
  })
})

describe('a transaction block that has failed', () => {
  it('answers nothing of open portals and prepared statements', async () => {
    await send(query('BEGIN'))
    await send(parse('st', NUMBERS), bind('p', 'st'), executeMessage('p', 2), sync)
    await send(query('SELECT 1 / 0'))
    const refused = ['E 25P02', 'Z E']
    expect(await send(executeMessage('p', 2), sync)).toEqual(refused)
    expect(await send(describeMessage('P', 'p'), sync)).toEqual(refused)
    expect(await send(describeMessage('S', 'st'), sync)).toEqual(refused)
    expect(await send(bind('q', 'st'), sync)).toEqual(refused)
    expect(await send(parse('', 'ROLLBACK'), bind('', ''), executeMessage(''), sync)).toEqual([
      '1',
      '2',
      'C ROLLBACK',
      'Z I',
    ])
    expect(await send(bind('', 'st'), executeMessage('', 1), sync)).toEqual(['2', 'D 1', 's', 'Z I'])
  })
})

describe('messages up to Sync, and the statements of a simple query, are one transaction', () => {
  it.each([
    ['simple', [query("SET TimeZone = 'Asia/Tokyo'; SELECT 1 / 0")]],
    ['after a block', [query("BEGIN; COMMIT; SET TimeZone = 'Asia/Tokyo'; SELECT 1 / 0")]],
    [
      'extended',
      ["SET TimeZone = 'Asia/Tokyo'", 'SELECT 1 / 0']
        .flatMap(sql => [parse('', sql), bind('', ''), executeMessage('')])
        .concat(sync),
    ],
  ])('whose settings are undone if it fails: %s', async (_, sent) => {
    expect(await send(...sent)).toEqual(expect.arrayContaining(['C SET', 'E 22012', 'Z I']))
    expect(await zone()).toEqual(['D UTC', 'C SHOW'])
    expect(await answer("SELECT '2024-05-01 12:00+00'::timestamptz")).toEqual([
      'D 2024-05-01 12:00:00+00',
      'C SELECT 1',
    ])
  })

  it('what a block in it has committed is kept', async () => {
    await send(query("BEGIN; SET TimeZone = 'Asia/Tokyo'; COMMIT; SELECT 1 / 0"))
    expect(await zone()).toEqual(['D Asia/Tokyo', 'C SHOW'])
    await send(query('RESET TimeZone'))
  })
})

it('set_config for the transaction holds until the end of its block', async () => {
  await send(query("BEGIN; SELECT set_config('TimeZone', 'Asia/Tokyo', true)"))
  expect(await zone()).toEqual(['D Asia/Tokyo', 'C SHOW'])
  await send(query('COMMIT'))
  expect(await zone()).toEqual(['D UTC', 'C SHOW'])
})

it('a function call, which no Sync follows, is answered completely', async () => {
  expect(await send(functionCall)).toEqual(['E 0A000', 'Z I'])
  expect(await answer('SELECT 1')).toEqual(['D 1', 'C SELECT 1'])
})

it('no statement is left in the place of the unnamed one', async () => {
  await send(parse('', 'SELECT 5'), sync)
  expect(await send(parse('', 'CREATE TABLE x (a int)'), sync)).toEqual(['E 0A000', 'Z I'])
  expect(await send(bind('', ''), executeMessage(''), sync)).toEqual(['E 26000', 'Z I'])
  await send(parse('', 'SELECT 5'), sync)
  await send(query('SELECT 6'))
  expect(await send(bind('', ''), executeMessage(''), sync)).toEqual(['E 26000', 'Z I'])
})

it('a portal without rows runs once', async () => {
  await send(query('BEGIN'))
  const run = [parse('', 'SET LOCAL TimeZone = UTC'), bind('p', ''), executeMessage('p')]
  expect(await send(...run, executeMessage('p'), sync)).toEqual(['1', '2', 'C SET', 'E 55000', 'Z E'])
  await send(query('ROLLBACK; BEGIN'))
  const copy = [parse('', 'COPY (SELECT 1) TO STDOUT'), bind('p', ''), executeMessage('p')]
  expect(await send(...copy, executeMessage('p'), sync)).toEqual([
    '1',
    '2',
    'H',
    'd',
    'c',
    'C COPY 1',
    'E 55000',
    'Z E',
  ])
  await send(query('ROLLBACK'))
})
