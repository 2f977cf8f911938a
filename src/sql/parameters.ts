import { isOp, isWord, type Token } from './lexer.ts'

/** The parameters (`:x`, `@x`, `$x`, `?`) of a statement that take values from outside; `@name =` of EXEC names an argument instead. */
export function parametersOf(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(t => t.kind === 'param')) return []
  const hasExec = tokens.some(t => isWord(t, 'EXEC'))
  return tokens.filter(
    (t, i) => t.kind === 'param' && !t.text.startsWith('@@') && !(hasExec && isExecArgument(tokens, i)),
  )
}

function isExecArgument(tokens: readonly Token[], index: number): boolean {
  const [before, token, after] = tokens.slice(index - 1, index + 2)
  return (
    token!.text.startsWith('@')
    && isOp(after, '=', '.')
    && (isOp(before, ',')
      || before?.kind === 'word'
      || before?.kind === 'name'
      || isCommaMissing(tokens, index))
  )
}

/** Whether `@name =` follows a value of EXEC without a comma between them. */
export function isCommaMissing(tokens: readonly Token[], index: number): boolean {
  const [before, token, after] = tokens.slice(index - 1, index + 2)
  return (
    token?.kind === 'param'
    && token.text.startsWith('@')
    && isOp(after, '=')
    && (before?.kind === 'string' || before?.kind === 'number' || before?.kind === 'param')
  )
}
