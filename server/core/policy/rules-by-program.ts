import { namesProgram } from './fit-rule.ts'
import type { CommandRule, Policy } from './policy.ts'
import { compareStrictness } from './strictness.ts'

interface Index {
  readonly byName: ReadonlyMap<string, readonly CommandRule[]>
  /** Rules that name programs by globs. */
  readonly globbing: readonly CommandRule[]
  /** What an agent may be told that it can run. */
  readonly permitted: readonly string[]
}

/** One for each policy object; a running judge has few, and each lives as long as its policy. */
const indexes = new WeakMap<Policy, Index>()

/** Every rule that names the program. */
export function rulesNaming(program: string, policy: Policy): readonly CommandRule[] {
  const { byName, globbing } = indexOf(policy)
  const bare = program.slice(program.lastIndexOf('/') + 1)
  const named = [...(byName.get(program) ?? []), ...(byName.get(bare) ?? []), ...globbing]
  return [...new Set(named)].filter(rule => namesProgram(rule, program, isBarrier(rule, policy)))
}

/** A rule that holds back: it denies, or asks where the default would allow. */
export function isBarrier(rule: CommandRule, policy: Policy): boolean {
  return rule.verdict === 'deny' || compareStrictness(rule.verdict, policy.default) > 0
}

/** The programs that some rule allows or asks about. */
export function permittedPrograms(policy: Policy): readonly string[] {
  return indexOf(policy).permitted
}

function indexOf(policy: Policy): Index {
  const known = indexes.get(policy)
  if (known !== undefined) return known
  const byName = new Map<string, CommandRule[]>()
  for (const rule of policy.rules) {
    for (const name of rule.programs) byName.set(name, [...(byName.get(name) ?? []), rule])
  }
  const permitting = policy.rules.filter(rule => rule.verdict !== 'deny')
  const made: Index = {
    byName,
    globbing: policy.rules.filter(rule => rule.programs.some(name => /[*?]/.test(name))),
    permitted: [...new Set(permitting.flatMap(rule => rule.programs))],
  }
  indexes.set(policy, made)
  return made
}
