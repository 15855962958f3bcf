/** Where and at what hours a policy holds at all. */
import type { JudgeContext, Reason } from './judgement.ts'
import type { Hours, When } from './policy.ts'

export const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** Why the policy does not hold here and now; null when it does. */
export function outsideOf(when: When | null, { target, nowMs }: JudgeContext): Reason | null {
  if (when === null) return null
  const { targets, hours } = when
  const names = [target.name, ...target.tags.map(tag => `tag:${tag}`)]
  if (targets !== null && !targets.some(wanted => names.includes(wanted))) {
    const text = `the policy holds for ${targets.join(', ')}, and ${target.name} is not among them`
    return { code: 'other-target', text, at: '' }
  }
  if (hours !== null && !isWithinHours(hours, nowMs)) {
    return { code: 'outside-hours', text: `the policy holds ${describeHours(hours)}`, at: '' }
  }
  return null
}

/** A span that crosses midnight belongs to the day it begins on. */
export function isWithinHours(hours: Hours, nowMs: number): boolean {
  const { fromMinute, toMinute, days } = hours
  const { day, minute } = localTime(hours.timezone, nowMs)
  const yesterday = (day + 6) % 7
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute
  return (
    (days.includes(day) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute)
  )
}

/** The wall clock in a timezone, daylight saving included. */
function localTime(timezone: string, nowMs: number): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(nowMs)
  const part = (type: string): string => parts.find(found => found.type === type)?.value ?? ''
  const day = DAY_NAMES.findIndex(name => name === part('weekday').toLowerCase())
  return { day, minute: Number(part('hour')) * 60 + Number(part('minute')) }
}

function describeHours({ fromMinute, toMinute, days, timezone }: Hours): string {
  const clock = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  const names = days.map(day => DAY_NAMES[day] ?? '').join(', ')
  return `from ${clock(fromMinute)} to ${clock(toMinute)} ${timezone} time on ${names}`
}
