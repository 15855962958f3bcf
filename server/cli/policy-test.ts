import { formatFinding } from '../core/policy/load/finding.ts'
import { escapeControls } from '../core/verdict.ts'
import type { JsonOption } from './options.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { checkPolicy, policiesAsked } from './policy-source.ts'
import type { Status } from './screen.ts'

/** Runs policies' own tests, each shown. */
export async function testPolicies(
  desk: PolicyDesk,
  which: readonly string[],
  { json }: JsonOption,
): Promise<Status> {
  const { screen } = desk
  let status: Status = 0
  const all: object[] = []
  for (const asked of await policiesAsked(desk, which)) {
    const checked = await checkPolicy(desk, asked)
    if (!checked.ok) {
      status = screen.no(checked.fault)
      continue
    }
    const { name, origin, tests, findings, policy } = checked.value
    if (policy === null) status = 1
    if (policy === null && tests.length === 0) {
      // It cannot be read, so nothing could be tested: what is wrong comes instead.
      for (const finding of findings.filter(({ level }) => level === 'error')) {
        screen.no(formatFinding(origin, finding))
      }
    }
    all.push(...tests.map(test => ({ policy: name, ...test, passed: test.fault === null })))
    if (json) continue
    for (const { what, fault } of tests) {
      const mark = fault === null ? screen.paint.good('ok  ') : screen.paint.bad('FAIL')
      screen.print(
        `${mark} ${escapeControls(what)}${fault === null ? '' : `\n     ${escapeControls(fault)}`}`,
      )
    }
    const failed = tests.filter(({ fault }) => fault !== null).length
    screen.print(`${escapeControls(origin)}: ${tests.length - failed} passed, ${failed} failed`)
  }
  if (json) screen.printJson(all)
  return status
}
