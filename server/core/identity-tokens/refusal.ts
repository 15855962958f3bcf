/** Why a token did not become a certificate. `explainTokenRefusal` writes each for its two readers. */
export type TokenRefusal =
  | { because: 'token-too-large'; most: number }
  | { because: 'token-unreadable'; fault: string }
  | { because: 'token-header'; parameter: string }
  | { because: 'token-type'; type: string }
  | { because: 'token-algorithm'; algorithm: string; allowed: readonly string[] }
  | { because: 'issuer-unknown'; issuer: string }
  | { because: 'key-unknown'; keyId: string | null }
  | { because: 'keys-unavailable'; fault: string }
  | { because: 'signature-wrong' }
  | { because: 'claim-missing'; claim: string }
  | { because: 'claim-unusable'; claim: string; expected: string }
  | { because: 'audience-other'; audience: readonly string[]; expected: readonly string[] }
  | { because: 'audience-shared'; audience: readonly string[] }
  | { because: 'token-expired'; agoSeconds: number }
  | { because: 'token-not-yet-valid'; inSeconds: number }
  | { because: 'token-from-the-future'; inSeconds: number }
  | { because: 'token-too-old'; ageSeconds: number; most: number }
  | { because: 'no-agent'; subject: string }
  | { because: 'template-unusable'; what: 'agent' | 'task' | 'on-behalf-of'; fault: string }
  | { because: 'agent-taken'; agent: string }
  | { because: 'task-differs'; asked: string; claimed: string }
  | { because: 'task-missing'; tasks: readonly string[] }
  | { because: 'task-not-allowed'; asked: string; tasks: readonly string[] }
  | { because: 'public-key'; fault: string }
  | { because: 'too-many-requests'; scope: 'address' | 'all' }
  | { because: 'request-unreadable'; fault: string }

export interface TokenExplanation {
  /** What the caller should do; nothing of the configuration is in it but the tasks the caller may choose. */
  readonly toCaller: string
  readonly toLog: string
}

export function explainTokenRefusal(refusal: TokenRefusal): TokenExplanation {
  switch (refusal.because) {
    case 'token-too-large':
      return {
        toCaller: `the token is longer than ${refusal.most} characters; ask your issuer for one with fewer claims`,
        toLog: `token longer than ${refusal.most} characters`,
      }
    case 'token-unreadable':
      return {
        toCaller: `this is no signed JSON web token: ${refusal.fault}; send the token as your platform gave it`,
        toLog: `unreadable token: ${refusal.fault}`,
      }
    case 'token-header':
      return {
        toCaller: `tokens with the header parameter ${refusal.parameter} are not taken; use one that your platform issues for jobs`,
        toLog: `token header has ${refusal.parameter}, which would let the token say how to check it`,
      }
    case 'token-type':
      return {
        toCaller:
          'this kind of token proves no identity; send an ID token or a workload token, not one made for something else',
        toLog: `token of type ${quoted(refusal.type)}`,
      }
    case 'token-algorithm':
      return {
        toCaller: `tokens signed with ${quoted(refusal.algorithm)} are not taken from this issuer; have it sign with ${refusal.allowed.join(' or ')}`,
        toLog: `token signed with ${quoted(refusal.algorithm)}, allowed are ${refusal.allowed.join(', ')}`,
      }
    case 'issuer-unknown':
      return {
        toCaller:
          'the bastion does not trust the issuer of this token; ask an administrator to add it under "issuers" in sallyport.yaml',
        toLog: `issuer ${quoted(refusal.issuer)} is not under "issuers" in sallyport.yaml`,
      }
    case 'key-unknown':
      return {
        toCaller:
          'the token is signed with a key its issuer does not publish; get a fresh token, and try again in half a minute if the issuer has just changed its keys',
        toLog:
          refusal.keyId === null
            ? 'the token names no key id, and not exactly one key of its issuer fits'
            : `key id ${quoted(refusal.keyId)} is not among the issuer's keys`,
      }
    case 'keys-unavailable':
      return {
        toCaller:
          "the bastion cannot get the issuer's keys at the moment; try again in half a minute, and tell an administrator if it stays so",
        toLog: `the issuer's keys are unavailable: ${refusal.fault}`,
      }
    case 'signature-wrong':
      return {
        toCaller: 'the signature of the token is wrong; send the token unchanged, in one line',
        toLog: 'the signature of the token does not verify',
      }
    case 'claim-missing':
      return {
        toCaller: `the token lacks the claim ${refusal.claim}; use a token that has it`,
        toLog: `claim ${refusal.claim} is missing`,
      }
    case 'claim-unusable':
      return {
        toCaller: `the claim ${refusal.claim} of the token is not ${refusal.expected}; use a token of your platform's usual kind`,
        toLog: `claim ${refusal.claim} is not ${refusal.expected}`,
      }
    case 'audience-other':
      return {
        toCaller:
          'the token was made for somebody else; request one whose audience is the one the administrator gave you',
        toLog: `audience ${quoted(refusal.audience.join(', '))} instead of ${refusal.expected.join(' or ')}`,
      }
    case 'audience-shared':
      return {
        toCaller:
          'the token is for others besides this bastion, who could use it in your name; request one for this bastion alone',
        toLog: `audience names others too: ${quoted(refusal.audience.join(', '))}`,
      }
    case 'token-expired':
      return {
        toCaller: 'the token has expired; get a fresh one and send it at once',
        toLog: `token expired ${refusal.agoSeconds} s ago`,
      }
    case 'token-not-yet-valid':
      return {
        toCaller: `the token is not valid yet; try again in ${refusal.inSeconds} s`,
        toLog: `token becomes valid in ${refusal.inSeconds} s; compare the clocks if this repeats`,
      }
    case 'token-from-the-future':
      return {
        toCaller: `the token was issued in the future by the bastion's clock; try again in ${refusal.inSeconds} s`,
        toLog: `token was issued ${refusal.inSeconds} s from now; compare the clocks if this repeats`,
      }
    case 'token-too-old':
      return {
        toCaller: `the token was issued too long ago; get a fresh one`,
        toLog: `token is ${refusal.ageSeconds} s old, max-age is ${refusal.most} s`,
      }
    case 'no-agent':
      return {
        toCaller:
          'the token is good, but it is nobody the bastion knows; ask an administrator to map its claims to an agent in sallyport.yaml',
        toLog: `no entry under "agents" of the issuer matches subject ${quoted(refusal.subject)}`,
      }
    case 'template-unusable':
      return {
        toCaller: `the claims of the token yield no usable ${refusal.what}; ask an administrator which names are possible`,
        toLog: `${refusal.what}: ${refusal.fault}`,
      }
    case 'agent-taken':
      return {
        toCaller:
          'the claims of the token yield the name of another agent; ask an administrator for a name of your own',
        toLog: `the template yields ${refusal.agent}, which another entry names outright`,
      }
    case 'task-differs':
      return {
        toCaller: `the token is for task ${quoted(refusal.claimed)}; ask for that one, or leave the task out`,
        toLog: `task ${quoted(refusal.asked)} was asked for, the claims say ${quoted(refusal.claimed)}`,
      }
    case 'task-missing':
      return {
        toCaller: `${oneOfYourTasks(refusal.tasks)}, as "task" beside the token or with --task`,
        toLog: 'no task was asked for, though the matching entry has "tasks"',
      }
    case 'task-not-allowed':
      return {
        toCaller: `you may not choose the task ${quoted(refusal.asked)}; ${refusal.tasks.length === 0 ? 'leave it out' : oneOfYourTasks(refusal.tasks)}, or ask an administrator to allow it`,
        toLog: `task ${quoted(refusal.asked)} is not under "tasks" of the matching entry`,
      }
    case 'public-key':
      return {
        toCaller: `publicKey: ${refusal.fault}; make a key with: ssh-keygen -t ed25519`,
        toLog: `public key: ${refusal.fault}`,
      }
    case 'too-many-requests':
      return {
        toCaller: 'too many certificates were asked for; wait a minute and use each until it ends',
        toLog:
          refusal.scope === 'address'
            ? 'limit certificates-per-minute-per-address reached'
            : 'limit certificates-per-minute reached',
      }
    case 'request-unreadable':
      return {
        toCaller: `${refusal.fault}; send {"token": "…", "publicKey": "ssh-ed25519 AAAA…"} as JSON`,
        toLog: `unreadable request: ${refusal.fault}`,
      }
  }
}

/** An entry may list a hundred. */
const MOST_TASKS = 10

function oneOfYourTasks(tasks: readonly string[]): string {
  const more = tasks.length > MOST_TASKS ? ', …' : ''
  const shown = tasks.slice(0, MOST_TASKS).map(task => quoted(task))
  const star = tasks.some(task => task.endsWith('*')) ? ' (* is anything)' : ''
  return `name one of your tasks: ${shown.join(', ')}${more}${star}`
}

/** What somebody else wrote, in a sentence of ours: escaped, and not longer than a line. */
const MOST_QUOTED = 120
function quoted(text: string): string {
  return JSON.stringify(text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text)
}
