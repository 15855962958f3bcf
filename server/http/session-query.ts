import type { SessionFilter } from '../core/ports/archive.ts'
import type { Result } from '../core/result.ts'

/** Longest agent, task or target name we store is far below. */
const MAX_VALUE = 200
const MAX_LIMIT = 200
const DEFAULT_LIMIT = 50

export const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Reads the list's filters from a query; a filter nobody knows is a typing mistake, not a wish. */
export function readSessionFilter(query: URLSearchParams): Result<SessionFilter, string> {
  const filter: { -readonly [Key in keyof SessionFilter]: SessionFilter[Key] } = {
    limit: DEFAULT_LIMIT,
  }
  for (const [name, value] of query) {
    const fault = readFilter(filter, name, value)
    if (fault !== null) return { ok: false, fault }
  }
  return { ok: true, value: filter }
}

function readFilter(
  filter: { -readonly [Key in keyof SessionFilter]: SessionFilter[Key] },
  name: string,
  value: string,
): string | null {
  switch (name) {
    case 'agent':
    case 'task':
    case 'target':
    case 'grant':
      if (value.length > MAX_VALUE) return `${name}: longer than ${MAX_VALUE} characters`
      filter[name] = value
      return null
    case 'live':
    case 'denied':
      if (value !== 'true' && value !== 'false') return `${name}: expected true or false`
      filter[name] = value === 'true'
      return null
    case 'before':
      if (!SESSION_ID.test(value)) return 'before: expected a session id'
      filter.before = value
      return null
    case 'limit':
      if (!/^\d{1,3}$/.test(value) || Number(value) < 1 || Number(value) > MAX_LIMIT) {
        return `limit: expected 1 to ${MAX_LIMIT}`
      }
      filter.limit = Number(value)
      return null
    default:
      return `there is no filter called ${JSON.stringify(name.slice(0, 40))}`
  }
}
