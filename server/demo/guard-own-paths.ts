import { meetsBeneath, meetsPath } from '../core/policy/globs.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Judge } from '../core/ports/deciding.ts'

/** By this tag the target that `up` made itself is known from one that somebody else called "demo". */
export const DEMO_TAG = 'demonstration'

/**
 * On the demonstration target the bastion's own folders are protected whatever the policy says: where it
 * could not be isolated they lie open before its commands, and elsewhere a second lock does no harm.
 */
export function guardOwnPaths(judge: Judge, folders: readonly string[]): Judge {
  const globs = folders.map(folder => `${literally(folder)}/**`)
  // The judge knows a policy again by its identity, so each has one guarded twin.
  const twins = new WeakMap<Policy, Policy>()
  const twinOf = (policy: Policy): Policy => {
    const known = twins.get(policy)
    if (known !== undefined) return known
    const { protect } = policy
    const twin = {
      ...policy,
      protect: {
        ...protect,
        read: [...protect.read, ...globs],
        write: [...protect.write, ...globs],
        except: protect.except.filter(glob => !folders.some(folder => reaches(glob, folder))),
      },
    }
    twins.set(policy, twin)
    return twin
  }
  return {
    judge: (line, context) =>
      context.target.tags.includes(DEMO_TAG)
        ? judge.judge(line, { ...context, policy: twinOf(context.policy) })
        : judge.judge(line, context),
  }
}

/** An exception that lets something of the folder through. */
function reaches(glob: string, folder: string): boolean {
  return meetsPath(glob, folder) || meetsBeneath(glob, folder)
}

/** `?` takes any one character, the special ones included: at worst a neighbour is protected as well. */
function literally(path: string): string {
  return path.replaceAll('*', '?')
}
