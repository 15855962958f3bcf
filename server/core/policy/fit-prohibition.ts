/**
 * Whether a rule that holds back speaks about a command: it does when what it names is there, by any path
 * and, unless it says otherwise, under any user. A denial must not be evaded by spelling.
 */
import type { CommandView } from './command-view.ts'
import { broken, every, type Fit, KEPT, some, unknown } from './fit.ts'
import { isNamedOption, mayBeOption } from './fit-options.ts'
import { fitOperandShape } from './fit-rule.ts'
import { fitShape, fitWord, unknownPath } from './fit-word.ts'
import { mayTouch } from './paths.ts'
import type { ArgumentLimits, CommandRule } from './policy.ts'
import type { TouchedFile } from './touched-files.ts'

/** For a rule that denies and names the program. */
export function fitProhibition(rule: CommandRule, view: CommandView): Fit {
  const limits = rule.arguments
  return every([
    fitProhibitedUser(rule, view),
    rule.argv === null ? KEPT : fitShape(view.args, rule.argv, view.where),
    ...(limits === null ? [] : fitProhibited(limits, view)),
  ])
}

function fitProhibitedUser({ as }: CommandRule, view: CommandView): Fit {
  if (as === null) return KEPT
  if (view.as === 'unknown') return unknown('as which user it runs is known only when it runs')
  return view.as !== 'login' && as.includes(view.as.user) ? KEPT : broken('')
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
