import type { Hours, When } from '../policy.ts'
import { DAY_NAMES } from '../when.ts'
import type { Entry, Source } from './source.ts'

export function readWhen(source: Source, entry: Entry | undefined): When | null {
  if (entry === undefined) return null
  if (entry.value === null) {
    source.error(entry.key, 'when: expected targets, hours')
    return null
  }
  const keys = source.entries(entry.value, ['targets', 'hours'], 'when')
  const targets = keys.get('targets')
  const hours = keys.get('hours')
  return {
    targets: targets === undefined ? null : readTargets(source, targets),
    hours: hours === undefined ? null : readHours(source, hours),
  }
}

function readTargets(source: Source, entry: Entry): string[] {
  return source.words(entry).flatMap(({ text, node }) => {
    if (/^(tag:)?[a-z0-9][a-z0-9.-]{0,62}$/.test(text)) return [text]
    source.error(node, `targets: "${text}" is neither a target's name nor tag:NAME`)
    return []
  })
}

function readHours(source: Source, entry: Entry): Hours | null {
  if (entry.value === null) {
    source.error(entry.key, 'hours: expected timezone, from, to, days')
    return null
  }
  const keys = source.entries(entry.value, ['timezone', 'from', 'to', 'days'], 'hours')
  const timezone = keys.get('timezone')
  const from = keys.get('from')
  const to = keys.get('to')
  const days = keys.get('days')
  if (timezone === undefined || from === undefined || to === undefined) {
    source.error(
      entry.key,
      'hours: timezone, from and to are all needed; 06:00 is another hour in each place',
    )
    return null
  }
  const fromMinute = readMinute(source, from)
  const toMinute = readMinute(source, to)
  const zone = readTimezone(source, timezone)
  if (fromMinute === null || toMinute === null || zone === null) return null
  if (fromMinute === toMinute) {
    source.error(
      to.value ?? to.key,
      'hours: from and to are the same; leave hours out for the whole day',
    )
  }
  return {
    timezone: zone,
    fromMinute,
    toMinute,
    days: days === undefined ? [0, 1, 2, 3, 4, 5, 6] : readDays(source, days),
  }
}

function readMinute(source: Source, entry: Entry): number | null {
  const text = source.text(entry)
  if (text === null) return null
  const [, hour, minute] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? []
  const minutes = Number(hour) * 60 + Number(minute)
  if (hour !== undefined && minutes <= 1440) return minutes
  source.error(
    entry.value ?? entry.key,
    `${entry.name}: "${text}" is no time of day; write "06:00"`,
  )
  return null
}

function readTimezone(source: Source, entry: Entry): string | null {
  const text = source.text(entry)
  if (text === null) return null
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: text })
    return text
  } catch {
    // The only way to ask whether a timezone exists is to use it.
    source.error(
      entry.value ?? entry.key,
      `timezone: "${text}" is not known; write Europe/Berlin or UTC`,
    )
    return null
  }
}

/** `mon-fri`, `sat`; a range may go over the week's end. */
function readDays(source: Source, entry: Entry): number[] {
  const found = source.words(entry).flatMap(({ text, node }) => {
    const [first = '', last = first] = text.toLowerCase().split('-')
    const from = DAY_NAMES.findIndex(name => name === first)
    const to = DAY_NAMES.findIndex(name => name === last)
    if (from === -1 || to === -1) {
      source.error(
        node,
        `days: "${text}" is neither a day (${DAY_NAMES.join(', ')}) nor a range of them`,
      )
      return []
    }
    const length = ((to - from + 7) % 7) + 1
    return Array.from({ length }, (_, step) => (from + step) % 7)
  })
  return [...new Set(found)].sort((a, b) => a - b)
}
