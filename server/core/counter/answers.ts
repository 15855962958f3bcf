import { type RequestStatus, requestJson, stateOfRequest } from '../access-request.ts'
import type { GrantStatus, Identity } from '../access.ts'
import { formatDistance, formatDuration, formatMoment, isoMoment } from '../duration.ts'
import { safeJson } from '../safe-json.ts'
import { escapeControls } from '../verdict.ts'

/** What the counter says; lines end with LF. */
export interface CounterAnswer {
  readonly status: 0 | 1 | 2
  readonly out: string
  readonly remark: string
}

export function whoamiAnswer(identity: Identity, json: boolean, nowMs: number): CounterAnswer {
  const { agent, caFingerprint, keyFingerprint, keyId, onBehalfOf, serial, task } = identity
  // "Forever" in a certificate is beyond what a date can say.
  const validBeforeMs = Number(identity.validBefore) * 1000
  const isForever = validBeforeMs > LAST_DATE_MS
  if (json) {
    return said(
      safeJson({
        agent,
        task,
        onBehalfOf,
        keyId,
        serial: String(serial),
        key: keyFingerprint,
        ca: caFingerprint,
        validBefore: isForever ? null : isoMoment(validBeforeMs),
      }),
    )
  }
  return said(
    fields([
      ['agent', agent],
      ['task', task ?? "not named; your only grant's"],
      ['on behalf of', onBehalfOf ?? '-'],
      ['key id', keyId],
      ['key', keyFingerprint],
      ['signed by', caFingerprint],
      ['valid until', isForever ? 'for ever' : momentAndDistance(validBeforeMs, nowMs)],
    ]),
  )
}

/** Of all the agent's grants that are good now or later; each with the line that uses it. */
export function grantsAnswer(
  grants: readonly GrantStatus[],
  identity: Identity,
  json: boolean,
  nowMs: number,
): CounterAnswer {
  if (json) return said(safeJson(grants.map(grant => grantForAgent(grant, identity))))
  if (grants.length === 0) {
    return {
      status: 0,
      out: '',
      remark: 'No grant is good now. Ask for one: request TARGET --task T --reason R --for 1h\n',
    }
  }
  return said(
    grants
      .map(grant =>
        fields([
          ['where', `ssh ${grant.login}+${grant.target}@bastion COMMAND`],
          ['task', isForTask(grant, identity) ? grant.task : `${grant.task} (not yours now)`],
          ['policy', grant.policy],
          [grant.startsAtMs > nowMs ? 'from' : 'until', untilText(grant, nowMs)],
          ['grant', grant.id],
        ]),
      )
      .join('\n\n'),
  )
}

/** The id alone, so that a script can keep it. */
export function requestedAnswer(
  request: RequestStatus,
  json: boolean,
  nowMs: number,
): CounterAnswer {
  if (json) return said(safeJson(requestJson(request, nowMs)))
  return {
    status: 0,
    out: `${request.id}\n`,
    remark: `An administrator has to answer. Ask again: status ${request.id}\n`,
  }
}

/** Exit status 1 for a no: denied, or never answered. */
export function statusAnswer(request: RequestStatus, json: boolean, nowMs: number): CounterAnswer {
  const state = stateOfRequest(request, nowMs)
  const status = state === 'denied' || state === 'lapsed' ? 1 : 0
  if (json) return { ...said(safeJson(requestJson(request, nowMs))), status }
  const { answer, login, policy, target } = request
  const facts: [string, string][] = [
    ['request', request.id],
    ['state', state],
    ['where', login === null ? target : `${login}+${target}`],
    ['task', request.task],
    ['policy', policy ?? 'left to whoever answers'],
    ['for', formatDuration(request.forMs)],
    ['reason', request.reason],
    ['asked', momentAndDistance(request.madeAtMs, nowMs)],
  ]
  if (answer !== null) {
    facts.push(['answered', `${momentAndDistance(answer.atMs, nowMs)} by ${answer.by}`])
    facts.push(answer.is === 'granted' ? ['grant', answer.grant] : ['because', answer.reason])
  }
  return { ...said(fields(facts)), status }
}

/** A no, or a misuse: one sentence. */
export function complaint(status: 1 | 2, sentence: string): CounterAnswer {
  return { status, out: '', remark: `sallyport: ${escapeControls(sentence)}\n` }
}

/** ECMAScript's last moment; certificates may be valid longer. */
const LAST_DATE_MS = 8_640_000_000_000_000

function grantForAgent(grant: GrantStatus, identity: Identity): object {
  return {
    id: grant.id,
    target: grant.target,
    login: grant.login,
    task: grant.task,
    isForYourTask: isForTask(grant, identity),
    policy: grant.policy,
    onBehalfOf: grant.onBehalfOf,
    reason: grant.reason,
    startsAt: isoMoment(grant.startsAtMs),
    expiresAt: isoMoment(grant.expiresAtMs),
    maxSessions: grant.maxSessions,
    liveSessions: grant.liveSessions,
  }
}

function isForTask(grant: GrantStatus, { task }: Identity): boolean {
  return task === null || grant.task === task
}

function untilText({ expiresAtMs, startsAtMs }: GrantStatus, nowMs: number): string {
  if (startsAtMs <= nowMs) return momentAndDistance(expiresAtMs, nowMs)
  return `${momentAndDistance(startsAtMs, nowMs)} until ${formatMoment(expiresAtMs)}`
}

function momentAndDistance(ms: number, nowMs: number): string {
  return `${formatMoment(ms)} (${formatDistance(ms, nowMs)})`
}

function fields(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${escapeControls(value)}`).join('\n')
}

function said(text: string): CounterAnswer {
  return { status: 0, out: `${text}\n`, remark: '' }
}
