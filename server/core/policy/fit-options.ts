/** Options against what a rule says about them, clusters split and abbreviations completed. */
import { isOption, type ReadOption } from '../command/arguments.ts'
import { mayStandFor } from '../command/option-grammar.ts'
import type { Word } from '../command/reading.ts'
import type { CommandView } from './command-view.ts'
import { directionOf } from './directions.ts'
import { broken, every, type Fit, unknown } from './fit.ts'
import { fitWord, listed } from './fit-word.ts'
import type { ArgumentLimits, CommandRule } from './policy.ts'
import { wordText } from './touched-files.ts'

export function fitOption(option: ReadOption, limits: ArgumentLimits, view: CommandView): Fit {
  const { options, denyOptions, values } = limits
  const typed = typedWord(option, view)
  const limited = values.filter(value => isNamedOption(option, value.option, view))
  const denied = denyOptions.find(name => isNamedOption(option, name, view))
  if (denied !== undefined) return broken(`option ${denied} is not allowed`, typed)
  if (options !== null && limited.length === 0 && !isListed(option, options, view))
    return broken(`option ${option.typed} is not among ${listed(options ?? [])}`, typed)
  return every(
    limited.map(({ limits: value }) =>
      option.value === null
        ? broken(`option ${option.typed} needs a value`, typed)
        : fitWord(option.value, value, view.where),
    ),
  )
}

/**
 * Options that run programs, and those by which a program that only reads writes after all, must be named
 * by the rule: nobody who allows `sort` thinks of them. A file that lies in its `paths` has been seen.
 */
export function fitEffects({ argv, arguments: limits }: CommandRule, view: CommandView): Fit[] {
  if (argv !== null) return []
  const named = [
    ...(limits?.options ?? []),
    ...(limits?.requiredOptions ?? []),
    ...(limits?.values ?? []).map(value => value.option),
  ]
  const sees = (option: ReadOption): boolean =>
    option.effect === 'writes' && option.value !== null && (limits?.paths ?? null) !== null
  const isReader = directionOf(view.facts.name, view.read) === 'read'
  const acting = view.read.options
    .filter(({ effect }) => effect === 'runs' || (effect === 'writes' && isReader))
    .filter(option => !sees(option))
    .filter(option => !named.some(name => isNamedOption(option, name, view)))
    .map(option => {
      const what = option.effect === 'runs' ? 'runs a program' : 'writes a file'
      return broken(
        `option ${option.typed} ${what}, and it does not name that option`,
        option.typed,
      )
    })
  const canAct = view.facts.options.some(option => option.effect !== null || option.kind === 'path')
  return [...acting, ...(canAct ? view.maybeOptions.map(mayBeOption) : [])]
}

/** A word that only running would tell from an option. */
export function mayBeOption(word: Word): Fit {
  const text = wordText(word)
  return unknown(`${text} may turn into an option; write it out, or put -- before it`, text)
}

/** A program without an entry may spell options in ways nobody knows: the whole word counts as well. */
export function isNamedOption(option: ReadOption, name: string, view: CommandView): boolean {
  if (isOption(option, name)) return true
  return !option.isKnown && typedWord(option, view).split('=')[0] === name
}

/** An abbreviation is listed only when everything it may be short for is. */
function isListed(option: ReadOption, options: readonly string[], view: CommandView): boolean {
  if (!option.isKnown) {
    // Letters in a cluster count one by one only where the program is known to read them so.
    const isLetter = view.facts.isKnown && view.facts.style === 'clusters'
    return options.includes(isLetter ? option.typed : typedWord(option, view))
  }
  const exact = view.facts.options.filter(fact => fact.names.includes(option.typed))
  const meant =
    exact.length > 0
      ? exact
      : view.facts.options.filter(fact => fact.names.some(name => mayStandFor(option.typed, name)))
  return meant.every(fact => fact.names.some(name => options.includes(name)))
}

function typedWord(option: ReadOption, view: CommandView): string {
  const word = view.args[option.at]
  return word === undefined ? option.typed : wordText(word)
}
