/**
 * Saying no. A refusal is a value with a reason; `explain` writes it for its two readers: the agent
 * learns what to do next, the operator learns what happened. Neither sentence leaks into the other.
 */
export type Refusal =
  | {
      because: 'no-grant'
      agent: string
      target: string
      login: string | null
      task: string | null
    }
  | { because: 'unknown-target'; target: string }
  | { because: 'unreadable-destination'; userName: string }
  | { because: 'several-tasks'; tasks: readonly string[] }
  | { because: 'several-logins'; logins: readonly string[] }
  | { because: 'several-policies'; policies: readonly string[] }
  | { because: 'too-many-sessions'; limit: number }
  | { because: 'policy-unavailable'; policy: string; fault: string }
  | { because: 'grant-revoked'; reason: string }
  | { because: 'grant-expired' }
  | { because: 'certificate-expired' }
  | { because: 'certificate-revoked' }
  | { because: 'ca-not-trusted' }
  | { because: 'denied'; rule: string; reasons: readonly string[] }
  | { because: 'approval-unavailable'; rule: string; reasons: readonly string[] }
  | { because: 'not-offered'; request: string; instead: string }
  | { because: 'leads-nowhere'; to: string }
  | { because: 'too-many-logins'; perMinute: number; waitMs: number }
  | { because: 'terminal-not-permitted' }
  | { because: 'not-written'; fault: string }
  | { because: 'target-unreachable'; target: string; fault: string }
  | { because: 'terminated'; by: string; reason: string }
  | { because: 'node-stopping' }
  | { because: 'node-cut-off' }

export interface Explanation {
  /** RULE in the one-line refusal: a rule's id, or the reserved word for what decided. */
  readonly rule: string
  readonly toAgent: string
  readonly toLog: string
}

export function explain(refusal: Refusal): Explanation {
  switch (refusal.because) {
    case 'no-grant': {
      const where = refusal.login === null ? refusal.target : `${refusal.login}+${refusal.target}`
      const task = refusal.task === null ? 'your task' : `task ${refusal.task}`
      return {
        rule: 'no-grant',
        toAgent: `no grant lets ${refusal.agent} into ${where} for ${task} now; ask for one: ssh sallyport@BASTION request ${refusal.target} ${refusal.task === null ? '--task TASK ' : ''}--reason WHY --for 1h`,
        toLog: `no grant for agent ${refusal.agent}, target ${where}, ${task}`,
      }
    }
    case 'unknown-target':
      return {
        rule: 'no-grant',
        toAgent: `no target called ${refusal.target} is open to you; check the name (ssh login+target@bastion) or ask an administrator`,
        toLog: `target ${refusal.target} is not registered`,
      }
    case 'unreadable-destination':
      return {
        rule: 'no-grant',
        toAgent: `cannot read a target from the user name; write ssh login+target@bastion`,
        toLog: `user name ${JSON.stringify(refusal.userName)} names no target`,
      }
    case 'several-tasks':
      return {
        rule: 'no-grant',
        toAgent: `grants of several tasks match (${refusal.tasks.join(', ')}); use a certificate that names one task`,
        toLog: `grants of several tasks match: ${refusal.tasks.join(', ')}`,
      }
    case 'several-logins':
      return {
        rule: 'no-grant',
        toAgent: `several logins are granted (${refusal.logins.join(', ')}); name one: ssh login+target@bastion`,
        toLog: `several logins are granted: ${refusal.logins.join(', ')}`,
      }
    case 'several-policies':
      return {
        rule: 'no-grant',
        toAgent: `several grants match and their policies differ (${refusal.policies.join(', ')}); ask an administrator to revoke all but one`,
        toLog: `several grants with different policies match: ${refusal.policies.join(', ')}`,
      }
    case 'too-many-sessions':
      return {
        rule: 'no-grant',
        toAgent: `your grant allows ${refusal.limit} sessions at once and they are in use; end one and reconnect`,
        toLog: `${refusal.limit} sessions are already live under the grant`,
      }
    case 'policy-unavailable':
      return {
        rule: 'no-grant',
        toAgent: `the policy of your grant cannot be used; tell an administrator to run: sallyport policy check ${refusal.policy}`,
        toLog: `policy ${refusal.policy}: ${refusal.fault}`,
      }
    case 'grant-revoked':
      return {
        rule: 'no-grant',
        toAgent: `your grant was revoked: ${refusal.reason}; stop here, or ask for another (ssh sallyport@bastion help)`,
        toLog: `grant revoked: ${refusal.reason}`,
      }
    case 'grant-expired':
      return {
        rule: 'no-grant',
        toAgent: 'your grant has expired; ask an administrator for a new one',
        toLog: 'grant expired',
      }
    case 'certificate-expired':
      return {
        rule: 'no-grant',
        toAgent: 'your certificate has expired; request a new one and reconnect',
        toLog: 'certificate expired during the session',
      }
    case 'certificate-revoked':
      return {
        rule: 'no-grant',
        toAgent: 'your certificate was revoked; request a new one or ask an administrator why',
        toLog: 'certificate revoked',
      }
    case 'ca-not-trusted':
      return {
        rule: 'no-grant',
        toAgent:
          'the authority that signed your certificate is no longer trusted; request a new certificate and reconnect',
        toLog: 'the CA of the certificate is no longer trusted',
      }
    case 'denied':
      return {
        rule: refusal.rule,
        toAgent: refusal.reasons.join('; '),
        toLog: `denied by ${refusal.rule}: ${refusal.reasons.join('; ')}`,
      }
    case 'approval-unavailable':
      return {
        rule: 'approval-unavailable',
        toAgent: `rule ${refusal.rule} asks for an approval and nobody can be asked yet: ${refusal.reasons.join('; ')}; find another way, or ask an administrator`,
        toLog: `rule ${refusal.rule} asks; approvals are not available`,
      }
    case 'not-offered':
      return {
        rule: 'default',
        toAgent: `${refusal.request} is not offered here; ${refusal.instead}`,
        toLog: `${refusal.request} refused`,
      }
    case 'leads-nowhere':
      return {
        rule: 'default',
        toAgent: `${refusal.to} is no registered target (see: ssh sallyport@bastion grants); name one that is, -J, -W, -L and -D lead nowhere else`,
        toLog: `${refusal.to} is no registered target`,
      }
    case 'too-many-logins':
      return {
        rule: 'default',
        toAgent: `you log in and jump more than ${refusal.perMinute} times a minute; run many commands over one connection (ssh -o ControlMaster=auto -o ControlPath=~/.ssh/%C -o ControlPersist=60), or wait ${Math.ceil(refusal.waitMs / 1000)} s`,
        toLog: `more than ${refusal.perMinute} logins and jumps a minute`,
      }
    case 'terminal-not-permitted':
      return {
        rule: 'default',
        toAgent: 'your certificate does not permit a terminal; run the command without -t',
        toLog: 'certificate lacks permit-pty',
      }
    case 'not-written':
      return {
        rule: 'default',
        toAgent:
          'the bastion cannot keep its record of what happens here, and nothing may run without one; try again later',
        toLog: `evidence could not be written: ${refusal.fault}`,
      }
    case 'target-unreachable':
      return {
        rule: 'default',
        toAgent: `target ${refusal.target} cannot be reached: ${refusal.fault}; try again later, or tell an administrator`,
        toLog: `target ${refusal.target}: ${refusal.fault}`,
      }
    case 'terminated':
      return {
        rule: 'no-grant',
        toAgent: `${refusal.by} ended this session: ${refusal.reason}; ask them before you go on`,
        toLog: `terminated by ${refusal.by}: ${refusal.reason}`,
      }
    case 'node-stopping':
      return {
        rule: 'default',
        toAgent: 'the bastion is stopping; reconnect in a moment',
        toLog: 'node stopping',
      }
    case 'node-cut-off':
      return {
        rule: 'default',
        toAgent: 'the bastion has lost touch with its database and may not go on; reconnect later',
        toLog: 'no successful poll of revocations within the bound',
      }
  }
}

/** The one line an agent reads on standard error; `event` is `SESSION:SEQ`, or `-` before a session. */
export function refusalLine(refusal: Refusal, event: string): string {
  const { rule, toAgent } = explain(refusal)
  return `sallyport: denied: ${escapeControls(toAgent)} (rule ${escapeControls(rule)}, event ${event})`
}

/** The line an agent reads when a running session is ended. */
export function endingLine(refusal: Refusal): string {
  return `sallyport: session ended: ${escapeControls(explain(refusal).toAgent)}`
}

/** The line an agent reads when nobody knows how its command ended. `fault` is ours. */
export function lostLine(fault: string, target: string): string {
  return `sallyport: no exit status: ${fault}; the command may still run on ${target}`
}

/** Exit status of a refused command (POSIX: found but not executable). */
export const REFUSED = 126

/**
 * Makes text safe to print on somebody's terminal: control characters, direction marks and other
 * invisible characters become `\u{…}`, so that nothing an agent or a target wrote is obeyed.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, character => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}
