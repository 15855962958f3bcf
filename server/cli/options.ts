import { InvalidArgumentError } from 'commander'
import { LOGIN, NAME, RESERVED_NAME } from '../core/access.ts'
import { parseDuration } from '../core/duration.ts'
import { didYouMean } from '../core/nearest.ts'
import { isOneLine } from '../core/one-line.ts'
import type { Status } from './screen.ts'

/** Wraps what a command does, so that its exit status reaches the entry. */
export type Act = <Args extends unknown[]>(
  run: (...args: Args) => Promise<Status>,
) => (...args: Args) => Promise<void>

export interface JsonOption {
  readonly json?: true
}

/** An agent's or target's name, as it may stand in an SSH user name (core/access.ts). */
export function name(text: string): string {
  if (text === RESERVED_NAME) {
    throw new InvalidArgumentError(`"${RESERVED_NAME}" is the bastion's own name.`)
  }
  if (!NAME.test(text)) {
    throw new InvalidArgumentError(
      'Expected lower-case letters, digits, "." and "-", at most 63, beginning with a letter or digit.',
    )
  }
  return text
}

/** A login on a target: what an SSH user name may carry before its `+`. */
export function login(text: string): string {
  if (!LOGIN.test(text)) {
    throw new InvalidArgumentError('Expected a login name such as root, deploy or svc_app.')
  }
  return text
}

/** Free text that people read: a task, a reason, a name. One line. */
export function words(most: number): (text: string) => string {
  return text => {
    const trimmed = text.trim()
    if (trimmed === '') throw new InvalidArgumentError('Expected some text, got none.')
    if (trimmed.length > most) throw new InvalidArgumentError(`At most ${most} characters.`)
    if (!isOneLine(trimmed)) {
      throw new InvalidArgumentError('One line, without control or invisible characters.')
    }
    return trimmed
  }
}

export function durationUpTo(mostMs: number): (text: string) => number {
  return text => {
    const ms = parseDuration(text)
    if (ms === null)
      throw new InvalidArgumentError('Expected a duration such as 90s, 15m, 1h or 2d.')
    if (ms > mostMs) throw new InvalidArgumentError(`At most ${inOneUnit(mostMs)}.`)
    return ms
  }
}

/** As people write limits: 90d and not 12w 6d. */
function inOneUnit(ms: number): string {
  const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }
  const [unit, size] = Object.entries(units).find(([, each]) => ms % each === 0) ?? ['s', 1000]
  return `${Math.floor(ms / size)}${unit}`
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
    if (number < least || number > most) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
    }
    return number
  }
}

/** For options that may be given several times. */
export function several<Value>(
  parse: (text: string) => Value,
): (text: string, before: readonly Value[] | undefined) => readonly Value[] {
  return (text, before) => [...(before ?? []), parse(text)]
}

/** `there is no target "wbe1", did you mean web1?`, or else where to look. */
export function unknownName(
  kind: string,
  asked: string,
  known: Iterable<string>,
  orElse: string,
): string {
  return `there is no ${kind} ${JSON.stringify(asked)}${didYouMean(asked, known) || orElse}`
}
