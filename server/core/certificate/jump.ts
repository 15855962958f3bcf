import type { Identity } from '../access.ts'
import type { Result } from '../result.ts'

/** Why somebody who came in through a jump (`ssh -J`) is not let in a second time. */
export type JumpRefusal =
  | { because: 'jump-other-agent'; outer: string; inner: string }
  | { because: 'jump-other-task'; outer: string; inner: string }
  | { because: 'jump-other-command' }

/**
 * Who is inside a jump. The agent has proven two certificates, one for the bastion and one for the
 * target behind it: both must name the same agent, and what either forbids is forbidden inside.
 */
export function identityWithinJump(
  outer: Identity,
  inner: Identity,
): Result<Identity, JumpRefusal> {
  if (outer.agent !== inner.agent) {
    return refuse({ because: 'jump-other-agent', outer: outer.agent, inner: inner.agent })
  }
  if (outer.task !== null && inner.task !== null && outer.task !== inner.task) {
    return refuse({ because: 'jump-other-task', outer: outer.task, inner: inner.task })
  }
  const commands = new Set([outer.forceCommand, inner.forceCommand].filter(line => line !== null))
  const [forceCommand = null] = commands
  if (commands.size > 1) return refuse({ because: 'jump-other-command' })
  return {
    ok: true,
    value: {
      ...inner,
      task: inner.task ?? outer.task,
      onBehalfOf: inner.onBehalfOf ?? outer.onBehalfOf,
      forceCommand,
      permitPty: outer.permitPty && inner.permitPty,
      validBefore: outer.validBefore < inner.validBefore ? outer.validBefore : inner.validBefore,
    },
  }
}

/** `toAgent` is shown before the login (a banner): the agent has proven both certificates' trust by then. */
export function explainJumpRefusal(refusal: JumpRefusal): { toAgent: string; toLog: string } {
  switch (refusal.because) {
    case 'jump-other-agent':
      return {
        toAgent: `you came in as ${refusal.outer}; use a certificate of the same agent for the target`,
        toLog: `came in as ${refusal.outer}, offered a certificate of ${refusal.inner} inside`,
      }
    case 'jump-other-task':
      return {
        toAgent: `you came in for the task ${JSON.stringify(refusal.outer)}; use a certificate for the same task`,
        toLog: `came in for task ${JSON.stringify(refusal.outer)}, offered ${JSON.stringify(refusal.inner)} inside`,
      }
    case 'jump-other-command':
      return {
        toAgent: 'your two certificates force different commands; use the same one for both',
        toLog: 'the outer and the inner certificate force different commands',
      }
  }
}

function refuse(refusal: JumpRefusal): { ok: false; fault: JumpRefusal } {
  return { ok: false, fault: refusal }
}
