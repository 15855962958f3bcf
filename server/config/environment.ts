import { nearest } from '../core/nearest.ts'
import type { Result } from '../core/result.ts'
import { type ListenAddress, parseAddress } from './address.ts'
import { checkDatabaseUrl } from './database-url.ts'

/** What the environment says; undefined where it says nothing. */
export interface EnvironmentSettings {
  readonly home: string | undefined
  readonly keys: string | undefined
  readonly ssh: ListenAddress | undefined
  readonly http: ListenAddress | undefined
  readonly databaseUrl: string | undefined
  readonly databaseDirectUrl: string | undefined
}

/** The variables that are read, and what each is for: `sallyport --help` prints the same list. */
export const VARIABLES: Readonly<Record<string, string>> = {
  SALLYPORT_CONFIG: 'the configuration file (default ./sallyport.yaml, where there is one)',
  SALLYPORT_HOME: 'state: database, spool, policies (default ./var)',
  SALLYPORT_KEYS: 'keys (default ./keys)',
  SALLYPORT_SSH: 'where SSH listens (default 127.0.0.1:2222)',
  SALLYPORT_HTTP: 'where the browser part listens (default 127.0.0.1:8022)',
  DATABASE_URL: 'PostgreSQL 15 or later (default: an embedded server)',
  DATABASE_DIRECT_URL: 'the same database past a transaction pooler',
}

/** Reads the variables that SETTINGS.md lists. An empty variable counts as none. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Result<EnvironmentSettings, string[]> {
  const faults = misspelt(env)
  const text = (name: string): string | undefined => env[name] || undefined

  const path = (name: string): string | undefined => {
    const value = text(name)
    if (value?.includes('\0')) faults.push(`${name}: a path cannot hold a zero byte`)
    return value
  }
  const address = (name: string): ListenAddress | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const parsed = parseAddress(value)
    if (parsed.ok) return parsed.value
    faults.push(`${name}: ${parsed.fault}`)
    return undefined
  }
  const databaseUrl = (name: string): string | undefined => {
    const value = text(name)
    const fault = value === undefined ? null : checkDatabaseUrl(value)
    if (fault !== null) faults.push(`${name}: ${fault}`)
    return value
  }

  const settings: EnvironmentSettings = {
    home: path('SALLYPORT_HOME'),
    keys: path('SALLYPORT_KEYS'),
    ssh: address('SALLYPORT_SSH'),
    http: address('SALLYPORT_HTTP'),
    databaseUrl: databaseUrl('DATABASE_URL'),
    databaseDirectUrl: databaseUrl('DATABASE_DIRECT_URL'),
  }
  return faults.length === 0 ? { ok: true, value: settings } : { ok: false, fault: faults }
}

/**
 * Only near misses are faults: Kubernetes sets SALLYPORT_PORT and a dozen like it in every pod beside
 * a service called "sallyport", and a start must survive them.
 */
function misspelt(env: Readonly<Record<string, string | undefined>>): string[] {
  const ours = Object.keys(VARIABLES)
  const stems = ours.filter(name => name.startsWith('SALLYPORT_')).map(stem)
  return Object.keys(env)
    .filter(name => name.startsWith('SALLYPORT_') && !ours.includes(name))
    .flatMap(name => {
      const [close] = nearest(stem(name), stems, 1)
      return close === undefined ? [] : [`${name}: is not read, did you mean SALLYPORT_${close}?`]
    })
}

function stem(name: string): string {
  return name.slice('SALLYPORT_'.length)
}
