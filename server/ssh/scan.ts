import { connect } from 'node:net'
import ssh2, { type ConnectConfig } from 'ssh2'
import type { Limits } from '../config/limits.ts'
import type { Result } from '../core/result.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { formatKeyLine } from '../core/ssh-wire/key-line.ts'
import { parsePublicKey } from '../core/ssh-wire/public-key.ts'
import { TARGET_ALGORITHMS, HOST_KEY_ALGORITHMS } from './algorithms.ts'
import { deferred } from './deferred.ts'
import { explainDialFault } from './dial-fault.ts'
import { installRepairs, repairConnection } from './repairs/install.ts'
import type { Ssh2Peer } from './transport.ts'
import { SOFTWARE } from './turn-away.ts'

export interface ScannedKey {
  /** One authorized_keys-style line. */
  readonly publicKey: string
  readonly fingerprint: string
}

/**
 * Asks a host for its best key, as ssh-keyscan does. Trusts nothing: the connection ends before
 * anybody logs in, and it is for a person to compare the fingerprint.
 */
export function scanHostKey(
  host: string,
  port: number,
  { targetConnectSeconds }: Pick<Limits, 'targetConnectSeconds'>,
): Promise<Result<ScannedKey, string>> {
  installRepairs()
  const scanned = deferred<Result<ScannedKey, string>>()
  const client = new ssh2.Client()
  const socket = connect({ host, port, noDelay: true })
  const finish = (result: Result<ScannedKey, string>): void => {
    clearTimeout(deadline)
    scanned.resolve(result)
    socket.destroy()
  }
  const deadline = setTimeout(
    () => finish({ ok: false, fault: `no answer within ${targetConnectSeconds} s` }),
    targetConnectSeconds * 1000,
  )
  client.on('error', error => finish({ ok: false, fault: explainDialFault(error) }))
  client.on('close', () => finish({ ok: false, fault: 'the host closed the connection' }))
  client.connect({
    sock: socket,
    username: 'nobody',
    ident: SOFTWARE,
    readyTimeout: 0,
    algorithms: {
      ...structuredClone(TARGET_ALGORITHMS),
      serverHostKey: [...HOST_KEY_ALGORITHMS],
    } as never,
    hostVerifier: (blob: Buffer) => {
      finish(describe(blob))
      return false
    },
  } satisfies ConnectConfig)
  repairConnection((client as unknown as Ssh2Peer)._protocol)
  return scanned.promise
}

function describe(blob: Uint8Array): Result<ScannedKey, string> {
  const key = parsePublicKey(blob)
  if (!key.ok) return { ok: false, fault: `its host key cannot be read: ${key.fault}` }
  return {
    ok: true,
    value: { publicKey: formatKeyLine(key.value, ''), fingerprint: fingerprint(key.value) },
  }
}
