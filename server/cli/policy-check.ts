import { formatFinding } from '../core/policy/load/finding.ts'
import type { JsonOption } from './options.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { checkPolicy, policiesAsked } from './policy-source.ts'
import type { Status } from './screen.ts'
import { escapeControls } from '../core/verdict.ts'

/** Says everything that is wrong with policies; warnings alone are no failure. */
export async function checkPolicies(
  desk: PolicyDesk,
  which: readonly string[],
  { json }: JsonOption,
): Promise<Status> {
  const { screen } = desk
  const asked = await policiesAsked(desk, which)
  if (asked.length === 0) {
    const { directory } = await desk.policyFiles()
    if (json) screen.printJson([])
    screen.remark(`No policy in ${directory}. Begin with: sallyport policy init investigator`)
    return 0
  }
  let status: Status = 0
  const all: object[] = []
  for (const name of asked) {
    const checked = await checkPolicy(desk, name)
    if (!checked.ok) {
      status = screen.no(checked.fault)
      continue
    }
    const { origin, findings, policy } = checked.value
    if (policy === null) status = 1
    all.push(...findings.map(finding => ({ file: origin, ...finding })))
    if (json) continue
    for (const finding of findings) screen.print(escapeControls(formatFinding(origin, finding)))
    const sum = policy === null ? screen.paint.bad('does not load') : screen.paint.good('loads')
    const tests = checked.value.tests.length
    screen.print(
      `${escapeControls(origin)}: ${sum}${policy === null ? '' : `, ${tests} tests passed`}`,
    )
  }
  if (json) screen.printJson(all)
  return status
}
