import type { ReadOperand, ReadOption } from '../arguments.ts'
import { readArguments } from '../arguments.ts'
import type { Word } from '../reading.ts'
import { shown } from './call.ts'
import type { Extraction } from './extraction.ts'
import { isPlainSedScript } from './sed-script.ts'

/** Options that make an otherwise plain program run another one or write a file nobody named as operand. */
export function readEffects(
  name: string,
  args: readonly Word[],
  index: number,
  x: Extraction,
): void {
  const { options, operands } = readArguments(name, args)
  for (const option of options) {
    if (option.effect === 'runs') {
      x.findings.refuse('option-runs-program', `${name} ${option.typed}`, index)
    }
  }
  if (name === 'sed') guardSed(options, operands, index, x)
}

/** sed's script: the values of -e, or the first operand. Only a script that is known can be known to be plain. */
function guardSed(
  options: readonly ReadOption[],
  operands: readonly ReadOperand[],
  index: number,
  x: Extraction,
): void {
  const expressions = options.filter(option => option.names.includes('-e'))
  const hasFile = options.some(option => option.names.includes('-f'))
  const first = operands[0]?.word
  const scripts =
    expressions.length > 0 || hasFile ? expressions.map(option => option.value) : [first ?? null]
  for (const script of scripts) {
    const isPlain = script?.is === 'literal' && isPlainSedScript(script.text)
    if (script !== null && !isPlain) x.findings.refuse('sed-script', shown(script), index)
  }
  if (hasFile) x.findings.refuse('sed-script', 'sed -f', index)
}
