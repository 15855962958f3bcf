/**
 * Whether a rule speaks about a command. One that allows or asks does when all of its limits are kept;
 * one that holds back is read in fit-prohibition.ts.
 */
import type { ReadArguments } from '../command/arguments.ts'
import type { CommandView } from './command-view.ts'
import { withDeclaredValues } from './declared-values.ts'
import { keepsEnvironment } from './escapes.ts'
import { broken, every, type Fit, KEPT, unknown } from './fit.ts'
import { fitEffects, fitOption, isNamedOption, mayBeOption } from './fit-options.ts'
import { fitPath, fitShape, fitWord, listed, unknownPath } from './fit-word.ts'
import { coversWord } from './globs.ts'
import { isHarmlessSetting } from './harmless-settings.ts'
import type { ArgumentShape, CommandRule } from './policy.ts'
import type { TouchedFile } from './touched-files.ts'

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

/** The words that are no options, against a shape of their own. */
export function fitOperandShape(
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
