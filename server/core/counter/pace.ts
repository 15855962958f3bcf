/**
 * How fast an agent may ask at the counter. Its questions cost a few queries and an event each, which
 * stay for good; an agent that works on several tasks and looks after each every few seconds never
 * meets the bound, a loop without a pause does at once.
 */
export const PACE = {
  /** Questions in one go: a start that looks at everything. */
  burst: 20,
  /** One more after each such time; 30 a minute. */
  everyMs: 2000,
} as const

/** What is left of an agent's burst, and since when. */
export interface Allowance {
  readonly questions: number
  readonly atMs: number
}

export const FULL_ALLOWANCE: Allowance = { questions: PACE.burst, atMs: 0 }

/** Takes one question off. When none is left, says how long to wait. */
export function takeQuestion(
  { atMs, questions }: Allowance,
  nowMs: number,
): { readonly left: Allowance; readonly waitMs: number } {
  const gained = Math.floor(Math.max(0, nowMs - atMs) / PACE.everyMs)
  const now: Allowance =
    questions + gained >= PACE.burst
      ? { questions: PACE.burst, atMs: nowMs }
      : { questions: questions + gained, atMs: atMs + gained * PACE.everyMs }
  if (now.questions === 0) return { left: now, waitMs: now.atMs + PACE.everyMs - nowMs }
  return { left: { ...now, questions: now.questions - 1 }, waitMs: 0 }
}

/** Whether an agent that comes now would find its whole burst: then nothing has to be remembered of it. */
export function isFull({ atMs, questions }: Allowance, nowMs: number): boolean {
  return questions + Math.floor((nowMs - atMs) / PACE.everyMs) >= PACE.burst
}
