import type { ParsedScript, SyntaxNode } from 'unbash'
import { forEachChild } from 'unbash'
import type { Extraction } from './extraction.ts'

/**
 * Refuses what bash, dash and busybox ash read differently: an sh target may be any of them. What is left
 * is the language of POSIX XCU 2, on which they agree.
 */
export function guardDialect(root: ParsedScript, x: Extraction): void {
  const found = findForeign(root, x.source)
  if (found !== null) x.findings.refuse('not-posix', found)
}

/** Syntax that only bash has. dash runs `[[`, `((`, `function` and `time` as programs of that name. */
const BASH_ONLY = new Set<SyntaxNode['type']>([
  'AnsiCQuoted',
  'LocaleString',
  'BraceExpansion',
  'ExtendedGlob',
  'ProcessSubstitution',
  'HereString',
  'TestCommand',
  'ArithmeticCommand',
  'ArithmeticFor',
  'Select',
  'Coproc',
  'ArrayValue',
  'FileDescriptorVariable',
  'Time',
])

function findForeign(node: SyntaxNode, source: string): string | null {
  if (isForeign(node, source)) return source.slice(node.pos, node.end)
  let found: string | null = null
  // A backquoted script counts its positions in a text of its own, and is walked as a script of its own.
  forEachChild(node, child => {
    if (child.type !== 'Script') found ??= findForeign(child, source)
  })
  return found
}

function isForeign(node: SyntaxNode, source: string): boolean {
  if (BASH_ONLY.has(node.type)) return true
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other syntax is shared
  switch (node.type) {
    case 'Redirect':
      return (
        /^(&>|&>>|<>&)$/.test(node.operator) || isFileDuplication(node.operator, node.target?.text)
      )
    case 'Pipeline':
      return node.operators.includes('|&')
    case 'CaseItem':
      return node.terminator !== undefined && node.terminator !== ';;'
    case 'Assignment':
      return node.append === true || node.index !== undefined
    case 'ParameterExpansion': {
      const isPlain = node.operation === undefined || /^(Default|Remove)$/.test(node.operation.type)
      return node.index !== undefined || node.prefix === '!' || !isPlain
    }
    case 'ArithmeticExpansion':
      return node.text.startsWith('$[')
    case 'Function':
      return /^function\b/.test(source.slice(node.pos))
    case 'Command':
      return node.name !== undefined && BASH_BUILTINS.has(node.name.value)
    case 'Glob':
      return node.kind === 'bracket' && node.text.startsWith('[^')
    case 'Word':
      return /^~[+-]/.test(node.text)
    default:
      return false
  }
}

/** `>&file` is bash's; POSIX has only numbers and `-` there. */
function isFileDuplication(operator: string, target: string | undefined): boolean {
  return (operator === '>&' || operator === '<&') && !/^(\d+|-)$/.test(target ?? '')
}

/** dash looks for programs of these names. */
const BASH_BUILTINS = new Set(
  (
    'declare typeset source let mapfile readarray shopt builtin enable caller compgen complete compopt ' +
    'dirs disown help history logout popd pushd suspend bind'
  ).split(' '),
)
