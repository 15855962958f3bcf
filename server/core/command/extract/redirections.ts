import type { Redirect, Redirection as RedirectionNode } from 'unbash'
import type { Redirection, Word } from '../reading.ts'
import { isName } from './arithmetic.ts'
import { noteUnknownValue } from './assignments.ts'
import type { Extraction } from './extraction.ts'
import { readPieces } from './pieces.ts'
import { readWord } from './words.ts'

/** The files one redirection opens: none for here-documents and for copies of descriptors, two for `<>`. */
export function readRedirection(node: RedirectionNode, x: Extraction): readonly Redirection[] {
  if (node.descriptor?.type === 'FileDescriptorVariable') {
    const { name } = node.descriptor
    if (isName(name)) noteUnknownValue(name, x, `{${name}}`)
    else x.findings.refuse('descriptor-variable', `{${name}}`)
  }
  if (node.type === 'HereDoc') return []
  if (node.target === undefined) {
    x.findings.refuse('syntax', x.source.slice(node.pos, node.end))
    return []
  }
  if (node.type === 'HereString') return []
  return readFile(node, x)
}

function readFile(node: Redirect, x: Extraction): readonly Redirection[] {
  const text = node.target?.text ?? ''
  const isDuplication = node.operator === '>&' || node.operator === '<&'
  if (isDuplication && /^(\d+-?|-)$/.test(text)) return []
  if (isDuplication) guardDuplication(node, text, x)
  const [pieces = [], ...others] =
    node.target === undefined ? [] : readPieces(node.target, 'argument')
  const [only] = pieces
  // `> >(cmd)`: a pipe to a command that is read for itself; no file by any name.
  if (pieces.length === 1 && only?.is === 'expansion' && only.node.type === 'ProcessSubstitution') {
    return []
  }
  const target: Word =
    others.length === 0 && node.target !== undefined
      ? readWord(node.target, x)
      : { is: 'dynamic', source: text, prefix: '', several: true }
  if (target.is === 'literal' && /^\/dev\/(tcp|udp)\//.test(target.text)) {
    x.findings.refuse('network-redirection', target.text)
  }
  const { operator } = node
  const opened = (direction: 'read' | 'write'): Redirection => ({ operator, direction, target })
  if (operator === '<>') return [opened('read'), opened('write')]
  return [opened(operator === '<' || operator === '<&' ? 'read' : 'write')]
}

/**
 * `>&word` means `>word 2>&1`, but bash expands the word twice: `>&'$(cmd)'` runs cmd. And it reads `<&-rm ls`
 * as `<&-` and then the command `rm ls` (both seen in 5.2).
 */
function guardDuplication(node: Redirect, text: string, x: Extraction): void {
  const isPlain = /^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/.test(text)
  if (!isPlain || node.operator === '<&' || node.descriptor !== undefined) {
    x.findings.refuse('duplicate-word', text)
  }
}
