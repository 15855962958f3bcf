import type { SyntaxNode, WordPart } from 'unbash'
import { forEachChild } from 'unbash'
import type { ShellState } from '../shell-state.ts'

/** True when something inside `node` may change the shell's directory. */
export function mayMove(node: SyntaxNode, state: ShellState): boolean {
  if (node.type === 'Command' && node.name !== undefined) {
    const { value, parts } = node.name
    if (parts !== undefined && !parts.every(isText)) return true
    if (MOVERS.has(value) || state.functions.has(value)) return true
  }
  let found = false
  forEachChild(node, child => {
    found ||= mayMove(child, state)
  })
  return found
}

function isText(part: WordPart): boolean {
  if (part.type === 'DoubleQuoted') return part.parts.every(isText)
  return part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted'
}

/** Builtins that go elsewhere, or run what may. */
const MOVERS = new Set(['cd', 'pushd', 'popd', 'eval', 'command', 'builtin', 'source', '.'])
