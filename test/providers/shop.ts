import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, server } from '../cli/support.ts'

/** A provider of our format, with one service. */
export const PROVIDER = `provider: shop
title: A shop
version: 1.0.0
hosts: { main: { url: 'https://shop.example', url_env: SHOP_URL, auth: { kind: none } } }
host: main
services: { stock: { title: Stock }, staff: { title: Staff } }
`
export const STOCK = `service: stock
resources:
  items:
    summary: What is on the shelves
    columns: { id: string, price: number }
    methods: { list_items: { sql: select, call: GET /items, rows: $.data } }
  shelves:
    summary: Where it is
    columns: { id: string }
    methods: { list_shelves: { sql: select, call: GET /shelves, rows: $.data } }
`
export const STAFF = `service: staff
resources:
  people:
    summary: Who works there
    columns: { id: string }
    methods: { list_people: { sql: select, call: GET /people, rows: $.data } }
`

/** Writes a provider into a folder, by default a new one, and returns the folder. `files` replace ours. */
export function shopIn(files: Readonly<Record<string, string>> = {}, dir = folder()): string {
  mkdirSync(dir, { recursive: true })
  for (const [name, text] of Object.entries({
    'provider.yaml': PROVIDER,
    'stock.yaml': STOCK,
    'staff.yaml': STAFF,
    ...files,
  }))
    writeFileSync(join(dir, name), text)
  return dir
}

/** The provider's files with another name for it. */
export const named = (name: string): Record<string, string> => ({
  'provider.yaml': PROVIDER.replace('provider: shop', `provider: ${name}`),
})

/** The API of the shop; its base URL. */
export function shop(): Promise<string> {
  return server((request, response) => {
    const data = request.url === '/items' ? [{ id: 'i-1', price: 2.5, colour: 'red' }] : [{ id: 'x-1' }]
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data }))
  })
}
