export type Unit = 'count' | 'bytes' | 'seconds'

const FACTORS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  count: { '': 1 },
  bytes: { '': 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 },
  seconds: { '': 1, s: 1, m: 60, h: 3600 },
}

/** A whole number with its unit (`512MB`, `30s`, `20`); null when it is none. */
export function parseQuantity(text: string, unit: Unit): number | null {
  const match = /^(\d{1,15})\s?([a-zA-Z]*)$/.exec(text.trim())
  if (match === null) return null
  const [, digits = '', suffix = ''] = match
  const factors = FACTORS[unit]
  const key = Object.keys(factors).find(name => name.toLowerCase() === suffix.toLowerCase())
  return key === undefined ? null : Number(digits) * (factors[key] ?? 1)
}

/** The same the other way, in the largest unit that divides it. */
export function formatQuantity(value: number, unit: Unit): string {
  const [suffix, factor] = Object.entries(FACTORS[unit]).reduce(
    (best, [name, size]) =>
      value > 0 && value % size === 0 && size >= best[1] ? [name, size] : best,
    ['', 1] as [string, number],
  )
  return `${value / factor}${suffix === 'B' ? '' : suffix}`
}
