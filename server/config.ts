import { resolve } from 'node:path'
import type { ListenAddress } from './config/address.ts'
import { type EnvironmentSettings, readEnvironment } from './config/environment.ts'
import { defaultLimits, findLargerParts, type Limits } from './config/limits.ts'
import type { ConfigFile } from './config/positions.ts'
import type { FileSettings } from './config/settings-file.ts'
import { checkExposure } from './core/exposure.ts'
import type { TrustedIssuer } from './core/identity-tokens/issuer.ts'
import type { PeopleSettings } from './core/identity-tokens/people.ts'
import { findSharedNames } from './core/identity-tokens/shared-names.ts'
import type { Result } from './core/result.ts'

/** Everything an operator can set, read once at start. All paths are absolute. */
export interface Config {
  /** State: database, spool, policies, ready.json. */
  readonly home: string
  readonly keys: string
  readonly policies: string
  readonly ssh: ListenAddress
  /**
   * Where clients find the SSH side, where that is not where it listens; the first is the one they are
   * told. Host certificates are good for these names.
   */
  readonly publicSsh: readonly ListenAddress[]
  /**
   * Addresses and networks of load balancers before the SSH front that speak the PROXY protocol, version 2.
   * Their word on a client's address counts, and they must give it.
   */
  readonly balancers: readonly string[]
  readonly http: ListenAddress & {
    /** How browsers reach us, without a trailing slash; null for `http://HOST:PORT` as bound. */
    readonly publicUrl: string | null
    readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null
    /** Addresses of proxies that end TLS for us. */
    readonly proxies: readonly string[]
  }
  readonly database: {
    /** Null for the embedded server. */
    readonly url: string | null
    /** For LISTEN, locks and migrations, where a transaction pooler stands before `url`. */
    readonly directUrl: string | null
  }
  /** Further user CAs, one authorized_keys-style line each, with the principals that are agents of ours. */
  readonly userCas: readonly {
    readonly publicKey: string
    readonly agents: Readonly<Record<string, string>>
  }[]
  /** Whose tokens become certificates. */
  readonly issuers: readonly TrustedIssuer[]
  /** The identity provider of people; null where one-time links are the only way in. */
  readonly people: PeopleSettings | null
  readonly limits: Limits
}

/**
 * Reads environment and file together, and everything before complaining, so that one start shows
 * every mistake. What the environment says goes before what the file says.
 */
export async function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | null,
  workingDirectory: string,
): Promise<Result<Config, string[]>> {
  const environment = readEnvironment(env)
  const settings = await readFile(file)
  const faults = [
    ...(environment.ok ? [] : environment.fault),
    ...(settings.ok ? [] : settings.fault),
  ]
  if (!environment.ok || !settings.ok) return { ok: false, fault: faults }

  const config = merge(environment.value, settings.value, workingDirectory)
  const contradictions = findContradictions(config)
  return contradictions.length === 0
    ? { ok: true, value: config }
    : { ok: false, fault: contradictions }
}

async function readFile(file: ConfigFile | null): Promise<Result<FileSettings, string[]>> {
  if (file === null) return { ok: true, value: {} }
  // Loaded only where there is a file: the schema and YAML libraries cost half of a command's start.
  const { readSettingsFile } = await import('./config/settings-file.ts')
  return readSettingsFile(file)
}

function merge(env: EnvironmentSettings, file: FileSettings, workingDirectory: string): Config {
  const fromHere = (path: string): string => resolve(workingDirectory, path)
  const home = fromHere(env.home ?? file.home ?? 'var')
  return {
    home,
    keys: fromHere(env.keys ?? file.keys ?? 'keys'),
    policies: fromHere(file.policies ?? resolve(home, 'policies')),
    ssh: env.ssh ?? file.ssh ?? { host: '127.0.0.1', port: 2222 },
    publicSsh: file.publicSsh ?? [],
    balancers: file.balancers ?? [],
    http: {
      ...(env.http ?? file.http?.listen ?? { host: '127.0.0.1', port: 8022 }),
      publicUrl: file.http?.publicUrl ?? null,
      tls: file.http?.tls ?? null,
      proxies: file.http?.proxies ?? [],
    },
    database: {
      url: env.databaseUrl ?? file.database?.url ?? null,
      directUrl: env.databaseDirectUrl ?? file.database?.directUrl ?? null,
    },
    userCas: file.userCas ?? [],
    issuers: file.issuers ?? [],
    people: file.people ?? null,
    limits: { ...defaultLimits, ...file.limits },
  }
}

/** What each setting allows by itself and no two of them together. */
function findContradictions(config: Config): string[] {
  const faults: string[] = []
  const { http, database, limits } = config
  const exposure = checkExposure(http)
  if (!exposure.ok) faults.push(`http: ${exposure.fault}`)
  if (database.url === null && database.directUrl !== null) {
    faults.push(
      'DATABASE_DIRECT_URL: set without DATABASE_URL; set both, or neither for the embedded server',
    )
  }
  if (config.home === config.keys) {
    faults.push(
      `keys: the keys and the state directory are the same folder (${config.home}); backups of the state must not hold the keys, so give each its own`,
    )
  }
  faults.push(...findSharedNames(config.issuers))
  faults.push(...findLargerParts(limits))
  return faults
}
