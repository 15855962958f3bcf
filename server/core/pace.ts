/** How fast somebody may go on: so many in one go, and one more after each such time. */
export interface Pace {
  readonly burst: number
  readonly everyMs: number
}

/** What is left of somebody's burst, and since when. */
export interface Allowance {
  readonly left: number
  readonly atMs: number
}

export function fullAllowance({ burst }: Pace): Allowance {
  return { left: burst, atMs: 0 }
}

/** Takes one off. When none is left, says how long to wait. */
export function takeOne(
  { atMs, left }: Allowance,
  { burst, everyMs }: Pace,
  nowMs: number,
): { readonly allowance: Allowance; readonly waitMs: number } {
  const gained = Math.floor(Math.max(0, nowMs - atMs) / everyMs)
  const now: Allowance =
    left + gained >= burst
      ? { left: burst, atMs: nowMs }
      : { left: left + gained, atMs: atMs + gained * everyMs }
  if (now.left === 0) return { allowance: now, waitMs: now.atMs + everyMs - nowMs }
  return { allowance: { ...now, left: now.left - 1 }, waitMs: 0 }
}

/**
 * As `takeOne`, for many that were taken before anybody could say no: how long to wait until they are made
 * good. `clearAtMs` is when nothing is owed any more, from the last answer; 0 at first.
 */
export function makeGood(
  clearAtMs: number,
  count: number,
  { burst, everyMs }: Pace,
  nowMs: number,
): { readonly clearAtMs: number; readonly waitMs: number } {
  const clear = Math.max(clearAtMs, nowMs) + count * everyMs
  return { clearAtMs: clear, waitMs: Math.max(0, clear - nowMs - burst * everyMs) }
}

/** Whether somebody who comes now would find the whole burst: then nothing has to be remembered of them. */
export function isFull(
  { atMs, left }: Allowance,
  { burst, everyMs }: Pace,
  nowMs: number,
): boolean {
  return left + Math.floor((nowMs - atMs) / everyMs) >= burst
}
