import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { LoadedPolicy } from '../core/policy/load/load-policy.ts'
import { loadPolicy } from '../core/policy/load/load-policy.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Result } from '../core/result.ts'
import type { PolicyText } from '../policies/open-policies.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { formatFinding } from '../core/policy/load/finding.ts'

/** A policy's text by its name, or from a file: whatever has a slash in it or ends in .yaml. */
export async function readPolicyText(
  desk: PolicyDesk,
  which: string,
): Promise<Result<PolicyText, string>> {
  if (!which.includes('/') && !/\.ya?ml$/.test(which)) return (await desk.policyFiles()).read(which)
  try {
    const text = await readFile(resolve(desk.workingDirectory, which), 'utf8')
    return {
      ok: true,
      value: { name: basename(which).replace(/\.ya?ml$/, ''), origin: which, text },
    }
  } catch (error) {
    // The file is what the command was asked about: that it cannot be read is the answer.
    const fault = error instanceof Error ? error.message : String(error)
    return { ok: false, fault: `${which}: ${fault}` }
  }
}

/** The named ones; without names every policy in the policies directory. */
export async function policiesAsked(
  desk: PolicyDesk,
  which: readonly string[],
): Promise<readonly string[]> {
  return which.length > 0 ? which : (await desk.policyFiles()).ownNames()
}

export interface CheckedPolicy extends LoadedPolicy {
  readonly origin: string
  readonly name: string
}

export async function checkPolicy(
  desk: PolicyDesk,
  which: string,
): Promise<Result<CheckedPolicy, string>> {
  const found = await readPolicyText(desk, which)
  if (!found.ok) return found
  const { name, origin, text } = found.value
  return { ok: true, value: { ...loadPolicy(text, name), name, origin } }
}

/** The policy, ready to judge; or why not, every error on a line. */
export async function usablePolicy(
  desk: PolicyDesk,
  which: string,
): Promise<Result<Policy, string>> {
  const checked = await checkPolicy(desk, which)
  if (!checked.ok) return checked
  const { policy, findings, origin } = checked.value
  if (policy !== null) return { ok: true, value: policy }
  const errors = findings.filter(({ level }) => level === 'error')
  return { ok: false, fault: errors.map(error => formatFinding(origin, error)).join('\n') }
}
