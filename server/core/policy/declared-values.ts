import type { ReadArguments, ReadOption } from '../command/arguments.ts'
import type { Word } from '../command/reading.ts'
import type { ArgumentLimits } from './policy.ts'

/**
 * The arguments as a rule's author knows them. Where no facts tell that an option takes a value, a rule
 * that limits its value does: `psql -c SQL` is then an option with its value, not an option and an operand.
 */
export function withDeclaredValues(
  read: ReadArguments,
  args: readonly Word[],
  { values }: ArgumentLimits,
): ReadArguments {
  const taken = new Set<number>()
  const options = read.options.map((option): ReadOption => {
    const word = args[option.at]
    const next = args[option.at + 1]
    const isDeclared =
      !option.isKnown &&
      option.value === null &&
      word?.is === 'literal' &&
      values.some(value => value.option === word.text)
    // The letters of one word are several options at one place; only its first may speak for it.
    const isFirst = read.options.find(other => other.at === option.at) === option
    if (!isDeclared || !isFirst || next === undefined) return option
    taken.add(option.at + 1)
    return { ...option, typed: word.text, names: [word.text], value: next, kind: 'data' }
  })
  if (taken.size === 0) return read
  return {
    ...read,
    options: options.filter(option => !taken.has(option.at)),
    operands: read.operands.filter(operand => !taken.has(operand.at)),
  }
}
