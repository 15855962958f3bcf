import { optionsInWord } from '../option-grammar.ts'
import type { GuardName } from '../guards.ts'
import type { Redirection, Word } from '../reading.ts'
import { XARGS_OPTIONS } from '../tables/xargs-options.ts'
import { withFindings } from './markers.ts'

/** The command xargs runs, with what it adds from its input marked as not known. */
export interface XargsReading {
  readonly argv: readonly Word[]
  readonly redirections: readonly Redirection[]
}

export function readXargs(args: readonly Word[]): XargsReading | GuardName {
  const redirections: Redirection[] = []
  let replaced: string | null = null
  // With -n, -L or -l beside -I the later one wins; both are then taken as said.
  let isCounted = false
  let at = 0
  for (; at < args.length; at += 1) {
    const word = args[at] as Word
    if (word.is === 'dynamic') {
      return word.prefix === '' || word.prefix.startsWith('-') || word.several
        ? 'wrapper-operand'
        : done()
    }
    if (word.text === '--') {
      at += 1
      break
    }
    const typed = optionsInWord(word.text, XARGS_OPTIONS, 'leading')
    if (typed === null) break
    for (const { facts, attached } of typed) {
      const [fact] = facts
      if (fact === undefined || facts.length > 1) return 'wrapper-option'
      let value: Word | null = attached === null ? null : { is: 'literal', text: attached }
      if (fact.value === 'required' && value === null) {
        at += 1
        value = args[at] ?? null
        if (value === null) return 'wrapper-option'
      }
      if (value?.is === 'dynamic' && (value.several || fact.names.includes('-I')))
        return 'wrapper-operand'
      const text = value?.is === 'literal' ? value.text : null
      if (fact.names.includes('-I')) replaced = text
      if (fact.names.includes('-i')) replaced = text ?? '{}'
      if (['-n', '-L', '-l'].some(name => fact.names.includes(name))) isCounted = true
      if (fact.names.includes('-a') && value !== null) {
        redirections.push({ operator: '-a', direction: 'read', target: value })
      }
    }
  }
  return done()

  function done(): XargsReading {
    const command = args.slice(at)
    if (command.length === 0) {
      return { argv: [{ is: 'literal', text: 'echo' }, INPUT], redirections }
    }
    const marker = replaced
    if (marker === null || marker === '') return { argv: [...command, INPUT], redirections }
    const argv = command.map(word => withFindings(word, marker, ''))
    return { argv: isCounted ? [...argv, INPUT] : argv, redirections }
  }
}

const INPUT: Word = { is: 'dynamic', source: '…', prefix: '', several: true }
