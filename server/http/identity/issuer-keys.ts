import { readFile } from 'node:fs/promises'
import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet } from 'jose'
import type { TrustedIssuer } from '../../core/identity-tokens/issuer.ts'
import type { TokenRefusal } from '../../core/identity-tokens/refusal.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { Result } from '../../core/result.ts'

/** An issuer's public keys, as they are published. */
export interface IssuerKeys {
  /** The one key that fits; asks the issuer again for one that is not known yet. */
  find(algorithm: string, keyId: string | null): Promise<Result<CryptoKey, TokenRefusal>>
}

/** Issuers announce a new key days before they sign with it; ten minutes are soon enough. */
const FRESH_MS = 10 * 60_000
/** No issuer is asked more often, whatever key ids strangers invent and however long it is away. */
export const ASK_EVERY_MS = 10_000
/**
 * Without an answer the known keys serve this long. Beyond it a key that was withdrawn because it was
 * stolen could still be good, for as long as somebody keeps us from asking.
 */
export const KEEP_MS = 60 * 60_000
const ANSWER_WITHIN_MS = 5_000
/** Microsoft's set, the largest known, takes 15 KB. */
const MOST_BYTES = 256 * 1024
const MOST_KEYS = 100

/** Keys that were got, and when, by the monotonic clock. */
interface KeptSet {
  readonly pick: ReturnType<typeof createLocalJWKSet>
  readonly gotAtMs: number
}

export function keepIssuerKeys(
  source: TrustedIssuer['keys'],
  clock: Clock,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): IssuerKeys {
  let kept: KeptSet | null = null
  let fault = 'they were not asked for yet'
  let askedAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null

  return {
    async find(algorithm, keyId) {
      if (kept === null || clock.monotonicMs() - kept.gotAtMs > FRESH_MS) await ask()
      const known = await pick(algorithm, keyId)
      if (known !== null) return known
      const before = kept?.gotAtMs
      await ask()
      if (kept?.gotAtMs !== before) return (await pick(algorithm, keyId)) ?? unknown(keyId)
      return unknown(keyId)
    },
  }

  /** Null when the set was got but no key in it fits. */
  async function pick(
    algorithm: string,
    keyId: string | null,
  ): Promise<Result<CryptoKey, TokenRefusal> | null> {
    if (kept === null || clock.monotonicMs() - kept.gotAtMs > KEEP_MS) return unavailable(fault)
    try {
      const header = { alg: algorithm, ...(keyId === null ? {} : { kid: keyId }) }
      return { ok: true, value: await kept.pick(header) }
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return null
      if (error instanceof errors.JWKSMultipleMatchingKeys) return unknown(keyId)
      // A key that cannot be used is the issuer's fault, as is one that cannot be read.
      return unavailable(`the key that fits cannot be used: ${messageOf(error)}`)
    }
  }

  /** Asks unless that was done a moment ago; everyone who waits, waits for the same answer. */
  async function ask(): Promise<void> {
    if (asking === null) {
      if (clock.monotonicMs() - askedAtMs < ASK_EVERY_MS) return
      askedAtMs = clock.monotonicMs()
      asking = get().finally(() => {
        asking = null
      })
    }
    await asking
  }

  /** Never rejects: an issuer that is away is an expected state, and the kept keys go on serving. */
  async function get(): Promise<void> {
    try {
      const pickKey = createLocalJWKSet(await readKeySet(source))
      kept = { pick: pickKey, gotAtMs: clock.monotonicMs() }
    } catch (error) {
      fault = messageOf(error)
      log("an issuer's keys could not be got; known ones serve for an hour", { source, fault })
    }
  }
}

/** Asks once; rejects with why there is no key set. */
export async function readKeySet(source: TrustedIssuer['keys']): Promise<JSONWebKeySet> {
  return asKeySet(await readSource(source))
}

async function readSource(source: TrustedIssuer['keys']): Promise<unknown> {
  if ('file' in source) {
    const bytes = await readFile(source.file)
    if (bytes.length > MOST_BYTES) throw new Error(`${source.file} is larger than a key set`)
    return JSON.parse(bytes.toString('utf8'))
  }
  const response = await fetch(source.url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // A redirect could lead from https to anywhere.
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${source.url} answered ${response.status}`)
  }
  return JSON.parse(await boundedText(response))
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > MOST_BYTES) throw new Error(`the key set is larger than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** jose checks each key when it is picked, and takes public keys only. */
function asKeySet(value: unknown): JSONWebKeySet {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : null
  if (!Array.isArray(keys) || keys.length > MOST_KEYS) {
    throw new Error(`expected a JSON web key set of at most ${MOST_KEYS} keys`)
  }
  return { keys }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch says only "fetch failed"; why is in its cause.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

const unknown = (keyId: string | null): { ok: false; fault: TokenRefusal } => ({
  ok: false,
  fault: { because: 'key-unknown', keyId },
})
const unavailable = (why: string): { ok: false; fault: TokenRefusal } => ({
  ok: false,
  fault: { because: 'keys-unavailable', fault: why },
})
