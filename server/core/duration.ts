const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `90s`, `15m`, `1h30m`, `2d` in milliseconds; null when it is none, or nothing at all. */
export function parseDuration(text: string): number | null {
  if (!/^(\d{1,6}[smhdw])+$/.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0)
  }
  return total > 0 ? total : null
}

/** The same the other way, in its two largest units: `1h 5m`, `42s`, `3d`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of Object.entries(UNITS).toReversed()) {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    if (amount > 0) parts.push(`${amount}${unit}`)
    else if (parts.length > 0) break
  }
  return parts.slice(0, 2).join(' ')
}

/** `2026-11-20 16:02:11Z`: always UTC and said so, because a log is read in another time zone than written. */
export function formatMoment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** `3m ago`, `in 59m`. */
export function formatDistance(ms: number, nowMs: number): string {
  const distance = formatDuration(Math.abs(ms - nowMs)).split(' ')[0] ?? ''
  if (Math.abs(ms - nowMs) < 1000) return 'now'
  return ms < nowMs ? `${distance} ago` : `in ${distance}`
}

/** For JSON: the moment as RFC 3339. */
export function isoMoment(ms: number): string {
  return new Date(ms).toISOString()
}
