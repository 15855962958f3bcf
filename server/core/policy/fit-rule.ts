/**
 * Whether a rule speaks about a command. An allowing or asking rule does when all of its limits are
 * kept. A denying one does when what it names is there, by any path and, unless it says otherwise,
 * under any user: a denial must not be evaded by spelling.
 */
import { isOption, type ReadArguments, type ReadOption } from '../command/arguments.ts'
import { mayStandFor } from '../command/option-grammar.ts'
import type { Word } from '../command/reading.ts'
import type { CommandView } from './command-view.ts'
import { type TouchedFile, wordText } from './touched-files.ts'
import { withDeclaredValues } from './declared-values.ts'
import { directionOf } from './directions.ts'
import { keepsEnvironment } from './escapes.ts'
import { broken, every, type Fit, KEPT, some, unknown } from './fit.ts'
import { fitPath, fitShape, fitWord, listed, unknownPath } from './fit-word.ts'
import { coversWord } from './globs.ts'
import { isHarmlessSetting } from './harmless-settings.ts'
import { mayTouch } from './paths.ts'
import type { ArgumentLimits, ArgumentShape, CommandRule } from './policy.ts'

/** Whether the rule names the command's program. `anyPath` also takes `/bin/dd` and `./dd` for `dd`. */
export function namesProgram(rule: CommandRule, program: string, anyPath: boolean): boolean {
  const names = anyPath ? [program, program.slice(program.lastIndexOf('/') + 1)] : [program]
  return rule.programs.some(glob => names.some(name => isNamed(glob, name)))
}

/** For a rule that allows or asks and names the program. */
export function fitPermission(rule: CommandRule, view: CommandView): Fit {
  return every([
    fitUser(rule, view),
    ...fitSettings(rule, view),
    ...fitArguments(rule, view),
    ...fitEffects(rule, view),
    ...fitRedirections(rule, view),
    rule.escapes !== 'disabled' || keepsEnvironment(view.command.via)
      ? KEPT
      : broken(
          'it must be run directly: the bastion disables its escapes, and a wrapper may undo that',
        ),
  ])
}

/** For a rule that denies and names the program. */
export function fitProhibition(rule: CommandRule, view: CommandView): Fit {
  const limits = rule.arguments
  return every([
    fitProhibitedUser(rule, view),
    rule.argv === null ? KEPT : fitShape(view.args, rule.argv, view.where),
    ...(limits === null ? [] : fitProhibited(limits, view)),
  ])
}

function isNamed(glob: string, name: string): boolean {
  // A name's `*` must not reach over directories: `mkfs*` is not `mkfs/../tmp/x`.
  return (
    glob.includes('/') === name.includes('/') && coversWord(glob, name) && sameDepth(glob, name)
  )
}

function sameDepth(glob: string, name: string): boolean {
  return glob.split('/').length === name.split('/').length
}

function fitUser({ as }: CommandRule, view: CommandView): Fit {
  if (as === null) {
    if (view.as === 'login') return KEPT
    const user = view.as === 'unknown' ? 'another user' : view.as.user
    return broken(`it holds for the login itself, not as ${user}`)
  }
  if (view.as === 'unknown') return unknown('as which user it runs is known only when it runs')
  if (view.as === 'login' || !as.includes(view.as.user)) {
    return broken(`it holds only through sudo as ${listed(as)}`)
  }
  return KEPT
}

function fitProhibitedUser({ as }: CommandRule, view: CommandView): Fit {
  if (as === null) return KEPT
  if (view.as === 'unknown') return unknown('as which user it runs is known only when it runs')
  return view.as !== 'login' && as.includes(view.as.user) ? KEPT : broken('')
}

function fitSettings(rule: CommandRule, view: CommandView): Fit[] {
  return view.assignments
    .filter(setting => !rule.environment.includes(setting.name) && !isHarmlessSetting(setting))
    .map(({ name }) => broken(`it does not let ${name} be set for the command`, `${name}=`))
}

function fitArguments({ argv, arguments: limits }: CommandRule, view: CommandView): Fit[] {
  if (argv !== null) return [fitShape(view.args, argv, view.where)]
  if (limits === null) return []
  const { options, denyOptions, requiredOptions, values, paths, operands, operandShape } = limits
  const seesOptions = options !== null || denyOptions.length > 0 || values.length > 0
  const read = withDeclaredValues(view.read, view.args, limits)
  return [
    ...read.options.map(option => fitOption(option, limits, view)),
    ...requiredOptions
      .filter(name => !read.options.some(option => isNamedOption(option, name, view)))
      .map(name => broken(`option ${name} must be given`)),
    ...(seesOptions ? view.maybeOptions.map(mayBeOption) : []),
    ...(paths === null ? [] : view.files.filter(isArgument).map(file => within(file, paths))),
    ...(operands === null
      ? []
      : read.operands.map(({ word }) => fitWord(word, operands, view.where))),
    ...(operandShape === null ? [] : [fitOperandShape(operandShape, read, view)]),
  ]

  function within({ path, word }: TouchedFile, globs: readonly string[]): Fit {
    return fitPath(path, word, globs, view.where)
  }
}

function fitOperandShape(
  shape: readonly ArgumentShape[],
  { operands }: ReadArguments,
  view: CommandView,
): Fit {
  const words = operands.map(({ word }) => word)
  return fitShape(words, shape, view.where, 'words that are no options')
}

/** Operands and options' values; what is read through `<` counts as an operand. */
function isArgument({ by, direction }: TouchedFile): boolean {
  return by !== 'redirection' || direction === 'read'
}

function mayBeOption(word: Word): Fit {
  const text = wordText(word)
  return unknown(`${text} may turn into an option; write it out, or put -- before it`, text)
}

function fitOption(option: ReadOption, limits: ArgumentLimits, view: CommandView): Fit {
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

/** A program without an entry may spell options in ways nobody knows: the whole word counts as well. */
function isNamedOption(option: ReadOption, name: string, view: CommandView): boolean {
  if (isOption(option, name)) return true
  return !option.isKnown && typedWord(option, view).split('=')[0] === name
}

function typedWord(option: ReadOption, view: CommandView): string {
  const word = view.args[option.at]
  return word === undefined ? option.typed : wordText(word)
}

/**
 * Options that run programs, and those by which a program that only reads writes after all, must be named
 * by the rule: nobody who allows `sort` thinks of them. A file that lies in its `paths` has been seen.
 */
function fitEffects({ argv, arguments: limits }: CommandRule, view: CommandView): Fit[] {
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

function fitRedirections({ redirectTo }: CommandRule, view: CommandView): Fit[] {
  return view.files
    .filter(file => file.by === 'redirection' && file.direction === 'write')
    .map(({ path, word }) => {
      if (path.is === 'unknown') return unknownPath(path, word)
      if (path.text === '/dev/null' || path.text === '/dev/stderr' || path.text === '/dev/stdout') {
        return KEPT
      }
      if (redirectTo.length === 0) return broken('its output may not be redirected to a file', word)
      return fitPath(path, word, redirectTo, view.where)
    })
}

/** Every kind of limit that is given must be met, each by anything in the command that it names. */
function fitProhibited(limits: ArgumentLimits, view: CommandView): Fit[] {
  const { options, paths, operands, operandShape, values } = limits
  const otherwise = broken('')
  const maybe = view.maybeOptions.map(mayBeOption)
  const fits: Fit[] = []
  if (options !== null) {
    const found = view.read.options.some(option =>
      options.some(name => isNamedOption(option, name, view)),
    )
    fits.push(some([found ? KEPT : otherwise, ...maybe], otherwise))
  }
  if (paths !== null) {
    fits.push(
      some(
        view.files.map(file => mayBeAmong(file, paths)),
        otherwise,
      ),
    )
  }
  if (operands !== null) {
    fits.push(
      some(
        view.read.operands.map(({ word }) => fitWord(word, operands, view.where)),
        otherwise,
      ),
    )
  }
  if (operandShape !== null) fits.push(fitOperandShape(operandShape, view.read, view))
  for (const { option: name, limits: value } of values) {
    const given = view.read.options.filter(option => isNamedOption(option, name, view))
    const hits = given.map(option =>
      option.value === null ? otherwise : fitWord(option.value, value, view.where),
    )
    fits.push(some([...hits, ...maybe], otherwise))
  }
  return fits

  function mayBeAmong({ path, word, reach }: TouchedFile, globs: readonly string[]): Fit {
    if (path.is === 'unknown') return unknownPath(path, word)
    return globs.some(glob => mayTouch(path, glob, reach !== 'itself', view.where))
      ? KEPT
      : otherwise
  }
}
