import { FUNCTIONS_MOST } from '../../core/command/session-functions.ts'
import type { Judgement, Reason } from '../../core/policy/judgement.ts'
import { matchesPattern } from '../../core/policy/patterns.ts'

// What a session decides itself, without asking the judge.

/** A line for a program whose rule describes the lines that it may be sent. */
export function matched(patterns: readonly string[], line: string): Judgement {
  const pattern = patterns.find(each => matchesPattern(each, line))
  const reason: Reason =
    pattern === undefined
      ? {
          code: 'input-line',
          text: 'this program may be sent only lines that its rule describes; this is none of them',
          at: '',
        }
      : { code: 'input-line', text: `the line matches ${pattern}`, at: '' }
  return { ...PLAIN, verdict: pattern === undefined ? 'deny' : 'allow', reasons: [reason] }
}

/** Typed without echo: how long it was is all that is written down. */
export function hidden(line: string): string {
  return `(${line.length} characters typed without echo)`
}

/** Reasons and commands quote the line. */
export function withoutContent(judgement: Judgement): Judgement {
  const text =
    judgement.verdict === 'allow'
      ? 'typed without echo'
      : 'the line typed without echo is none that this program may be sent'
  return {
    ...judgement,
    reasons: [{ code: 'hidden-line', text, at: '' }],
    commands: [],
    canonical: null,
    forward: null,
  }
}

const PLAIN: Judgement = {
  verdict: 'allow',
  rule: 'default',
  reasons: [],
  commands: [],
  canonical: null,
  forward: null,
  input: 'none',
  inputLines: null,
  approval: null,
  observed: false,
  unfiltered: false,
}

export const OWN_PROMPT: Judgement = {
  ...PLAIN,
  reasons: [
    {
      code: 'own-prompt',
      text: "the prompt is the bastion's own; the target is told nothing",
      at: '',
    },
  ],
}

export const TOO_MANY_FUNCTIONS = {
  verdict: 'deny',
  rule: 'opaque',
  reasons: [
    {
      code: 'too-many-functions',
      text: `this session has defined ${FUNCTIONS_MOST} functions; begin another session, or call what you have`,
      at: '',
    },
  ],
  observed: false,
  forward: null,
} as const

export const TOO_LONG: Judgement = {
  ...PLAIN,
  verdict: 'deny',
  rule: 'unreadable',
  reasons: [
    {
      code: 'too-long',
      text: 'the line is longer than can be kept of one; none of it was sent',
      at: '',
    },
  ],
}
