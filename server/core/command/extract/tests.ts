import type { Word } from '../reading.ts'
import { isName } from './arithmetic.ts'
import { shown } from './call.ts'
import type { Extraction } from './extraction.ts'

/**
 * Reads the arguments of `test` (without `[`'s closing bracket). `-v NAME` and `-R NAME` evaluate a
 * subscript in NAME, so neither may come out of a variable with something after it that could hold one.
 * The other operators evaluate nothing (`[ 'a[$(cmd)]' -eq 1 ]` does not run cmd in 5.2).
 */
export function readTest(args: readonly Word[], x: Extraction): void {
  for (const [index, word] of args.entries()) {
    const next = args[index + 1]
    if (word.is === 'dynamic' && word.several) {
      x.findings.refuse('test-operator', shown(word))
    } else if (next === undefined || !mayHoldSubscript(next)) {
      continue
    } else if (word.is === 'dynamic') {
      x.findings.refuse('test-operator', shown(word))
    } else if (/^-[vR]$/.test(word.text)) {
      x.findings.refuse('evaluated-name', shown(next))
    }
  }
}

function mayHoldSubscript(word: Word): boolean {
  return word.is === 'dynamic' || (!isName(word.text) && word.text.includes('['))
}
