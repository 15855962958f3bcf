import type { Assignment as AssignmentNode } from 'unbash'
import type { Assignment, Word } from '../reading.ts'
import { isMeaningful } from '../tables/variables.ts'
import { isName, isNumberText, readArithmetic } from './arithmetic.ts'
import { type Extraction, noteChange } from './extraction.ts'
import { readWord } from './words.ts'

/** What an assignment is for: the shell from now on, the command it stands before, or the line that one reads. */
export type Reach = 'shell' | 'command' | 'input'

/** Reads `name=value`, `name[1]=value`, `name=(…)` and says what they change. */
export function readAssignment(node: AssignmentNode, x: Extraction, reach: Reach): Assignment {
  noteChange(node.name, x, node.text)
  const value = readValue(node, x)
  if (node.index !== undefined || node.value.type === 'ArrayValue') x.findings.arrays.add(node.name)
  if (!isName(node.name)) x.findings.refuse('evaluated-name', node.text)
  if (node.index !== undefined) {
    readArithmetic(node.index.text, x, node.text)
  }
  const isPlain = node.index === undefined && node.append !== true
  noteValue(node.name, value, x, isPlain || reach === 'input' ? reach : 'command', node.text)
  return { name: node.name, value }
}

/** Records that `name` gets `value`: what it changes, and whether it can be used as a number from now on. */
export function noteValue(
  name: string,
  value: Word,
  x: Extraction,
  reach: Reach,
  at: string,
): void {
  const known = value.is === 'literal' ? value.text : null
  if (reach !== 'input' && isMeaningful(name, known)) {
    x.findings.refuse('meaningful-variable', at)
  }
  const isNumber =
    value.is === 'literal'
      ? isNumberText(value.text)
      : /^"?\$(\(\([^]*\)\)|\{#\w+(\[[@*]\])?\}|\{?[#?$]\}?)"?$/.test(value.source)
  if (value.is === 'dynamic' && /^"?\$!"?$/.test(value.source)) x.findings.processes.add(name)
  else if (!isNumber) noteNoNumber(name, x)
  else if (reach === 'shell') x.state.numbers.add(name)
}

/** A name that gets a value nobody knows: `read x`, `for x in …`, `printf -v x`. */
export function noteUnknownValue(name: string, x: Extraction, at: string): void {
  noteChange(name, x, at)
  if (isMeaningful(name)) x.findings.refuse('meaningful-variable', at)
  noteNoNumber(name, x)
}

function noteNoNumber(name: string, x: Extraction): void {
  x.findings.notNumbers.add(name)
  x.findings.unknownValues += 1
}

function readValue(node: AssignmentNode, x: Extraction): Word {
  if (node.value.type === 'Word') return readWord(node.value, x, 'assignment')
  for (const element of node.value.elements) {
    readWord(element, x)
    const subscript = /^\[([^\]]*)\]\+?=/.exec(element.text)
    if (subscript !== null) readArithmetic(subscript[1] ?? '', x, element.text)
    else if (element.text.startsWith('[')) x.findings.refuse('evaluated-name', element.text)
  }
  const source = x.source.slice(node.value.pos, node.value.end)
  return { is: 'dynamic', source, prefix: '', several: false }
}
