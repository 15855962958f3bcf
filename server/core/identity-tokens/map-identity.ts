import { NAME, RESERVED_NAME } from '../access.ts'
import type { Result } from '../result.ts'
import { claimText, matches } from './claims.ts'
import type { AgentRule, TrustedIssuer } from './issuer.ts'
import type { Claims } from './read-token.ts'
import type { TokenRefusal } from './refusal.ts'
import { fillTemplate, parseTemplate } from './template.ts'

/** Whom a certificate is for. */
export interface TokenIdentity {
  readonly agent: string
  readonly task: string | null
  readonly onBehalfOf: string | null
}

export interface Mapping {
  readonly rules: TrustedIssuer['agents']
  /** Agents that some entry of the configuration names outright: a template must not yield them. */
  readonly namedAgents: ReadonlySet<string>
}

/** Longest task or name of a person, as `sallyport grant create` takes them. */
const WORDS_MOST_CHARACTERS = 200

/** Decides which agent a verified token is, and for which task. `asked` is the task in the request. */
export function mapIdentity(
  claims: Claims,
  asked: string | null,
  { rules, namedAgents }: Mapping,
): Result<TokenIdentity, TokenRefusal> {
  const rule = rules.find(({ when }) => matches(claims, when))
  if (rule === undefined) {
    return no({ because: 'no-agent', subject: claimText(claims, 'sub') ?? '(none)' })
  }
  const agent = fill('agent', rule.agent, claims)
  if (!agent.ok) return agent
  if (agent.value !== rule.agent && namedAgents.has(agent.value)) {
    return no({ because: 'agent-taken', agent: agent.value })
  }
  const task = taskOf(rule, claims, asked)
  if (!task.ok) return task
  const onBehalfOf = rule.onBehalfOf === null ? null : fill('on-behalf-of', rule.onBehalfOf, claims)
  if (onBehalfOf?.ok === false) return onBehalfOf
  return {
    ok: true,
    value: { agent: agent.value, task: task.value, onBehalfOf: onBehalfOf?.value ?? null },
  }
}

/**
 * What the claims say wins; where they say nothing, the caller chooses within what is allowed, and must: a
 * certificate without a task is good for every grant of the agent.
 */
function taskOf(
  rule: AgentRule,
  claims: Claims,
  asked: string | null,
): Result<string | null, TokenRefusal> {
  if (rule.task !== null) {
    const claimed = fill('task', rule.task, claims)
    if (!claimed.ok || asked === null || asked === claimed.value) return claimed
    return no({ because: 'task-differs', asked, claimed: claimed.value })
  }
  const { tasks } = rule
  if (asked === null) {
    return tasks.length === 0 ? { ok: true, value: null } : no({ because: 'task-missing', tasks })
  }
  const isAllowed = isWords(asked) && tasks.some(allowed => fits(asked, allowed))
  return isAllowed ? { ok: true, value: asked } : no({ because: 'task-not-allowed', asked, tasks })
}

const fits = (asked: string, allowed: string): boolean =>
  allowed.endsWith('*') ? asked.startsWith(allowed.slice(0, -1)) : asked === allowed

function fill(
  what: 'agent' | 'task' | 'on-behalf-of',
  text: string,
  claims: Claims,
): Result<string, TokenRefusal> {
  const template = parseTemplate(text)
  const filled = template.ok ? fillTemplate(template.value, claims) : template
  if (!filled.ok) return no({ because: 'template-unusable', what, fault: filled.fault })
  const { value } = filled
  const isGood = what === 'agent' ? NAME.test(value) && value !== RESERVED_NAME : isWords(value)
  if (isGood) return { ok: true, value }
  const shown = JSON.stringify(value.slice(0, 80))
  return no({ because: 'template-unusable', what, fault: `${shown} cannot be a name` })
}

/** One line that people read, without control or invisible characters. */
function isWords(text: string): boolean {
  return (
    text.trim() === text &&
    text !== '' &&
    text.length <= WORDS_MOST_CHARACTERS &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)
  )
}

const no = (refusal: TokenRefusal): { ok: false; fault: TokenRefusal } => ({
  ok: false,
  fault: refusal,
})
