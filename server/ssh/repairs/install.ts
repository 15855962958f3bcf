import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { assertSsh2Version } from '../library.ts'
import { replaceConnectionProtocol } from './connection-protocol.ts'
import { believeFirstGuess, keepRightGuess } from './first-guess.ts'
import { permitHostCertificates } from './host-certificates.ts'
import { interceptFirstKexinit, interceptKexinit } from './kexinit.ts'
import { answerPings } from './ping.ts'
import { addPostQuantumKex } from './post-quantum.ts'
import type { Undo } from './repair.ts'
import { permitTrafficWhileRekeying } from './strict-rekey.ts'
import { answerUnknownMessages } from './unknown-messages.ts'

let installed: Undo[] | null = null

/** Puts every repair in place that concerns ssh2 as a whole; once is enough for a process. */
export function installRepairs(): void {
  if (installed !== null) return
  assertSsh2Version()
  installed = [
    replaceConnectionProtocol(),
    answerPings(),
    permitHostCertificates(),
    // Last: what the others have taught ssh2 is not unknown.
    answerUnknownMessages(),
    permitTrafficWhileRekeying(),
    interceptKexinit(),
    // Looks at KEXINIT as it came, so before the next one changes it.
    believeFirstGuess(),
    addPostQuantumKex(),
  ]
}

/** The repairs that each connection needs for itself, before its first key exchange, on either side. */
export function repairConnection(protocol: Protocol): void {
  interceptFirstKexinit(protocol)
  keepRightGuess(protocol)
}

/** Leaves ssh2 as it was shipped, for the tests that show its faults. */
export function removeRepairs(): void {
  for (const undo of installed?.toReversed() ?? []) undo()
  installed = null
}
