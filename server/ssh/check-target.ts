import { type Errand, RESERVED_NAME, type Target } from '../core/access.ts'
import type { TargetDialFault, Targetward } from '../core/ports/channels.ts'
import type { Result } from '../core/result.ts'

/** What the target's log says of a check. */
const CHECKING: Errand = { agent: RESERVED_NAME, task: 'target-check', session: 'none' }

/** Logs in as a session would and runs nothing: is the target there, is it itself, does it let us in? */
export async function checkTarget(
  targetward: Targetward,
  target: Target,
  login: string,
): Promise<Result<{ version: string }, string>> {
  const dialled = await targetward.dial(target, login, CHECKING)
  if (!dialled.ok) return { ok: false, fault: faultText(dialled.fault) }
  dialled.value.close()
  return { ok: true, value: { version: dialled.value.version } }
}

/** With the key that it showed, for whoever has to compare it. */
function faultText({ fault, hostKeyFingerprint }: TargetDialFault): string {
  return hostKeyFingerprint === null || fault.includes(hostKeyFingerprint)
    ? fault
    : `${fault} (it presented ${hostKeyFingerprint})`
}
