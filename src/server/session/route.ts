import { isWord, type Token } from '../sql/lexer.ts'

/** Which part of the server runs a statement. */
export type Route =
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'set'
  | 'local'
  | 'cursor'
  | 'session'
  | 'change'
  | 'postgres'
  | 'refused'

const ROUTES: Readonly<Record<string, Route>> = {
  begin: 'begin',
  start: 'begin',
  commit: 'commit',
  end: 'commit',
  rollback: 'rollback',
  abort: 'rollback',
  savepoint: 'savepoint',
  release: 'savepoint',
  set: 'set',
  reset: 'set',
  discard: 'local',
  deallocate: 'local',
  listen: 'local',
  unlisten: 'local',
  declare: 'cursor',
  fetch: 'cursor',
  move: 'cursor',
  close: 'cursor',
  describe: 'session',
  desc: 'session',
  insert: 'change',
  update: 'change',
  delete: 'change',
  select: 'postgres',
  with: 'postgres',
  values: 'postgres',
  table: 'postgres',
  explain: 'postgres',
  show: 'postgres',
  copy: 'postgres',
}

/** Objects of SHOW that the session lists. */
const LISTED = ['services', 'resources', 'methods', 'providers', 'views']

/** The route of a statement, by its first words. */
export function routeOf(tokens: readonly Token[]): Route {
  const [first, second] = tokens
  if (first?.kind === 'op' && first.text === '(') return 'postgres'
  if (first?.kind !== 'word') return 'refused'
  if (first.text === 'show' && isWord(second, ...LISTED)) return 'session'
  return ROUTES[first.text] ?? 'refused'
}
