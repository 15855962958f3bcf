import { escapeControls } from '../verdict.ts'
import type { OptionFault } from './restrictions.ts'

/** Why a certificate, or the proof that its owner holds the key, does not let anybody in. */
export type CertificateRefusal =
  | { because: 'not-a-certificate'; algorithm: string }
  | { because: 'named-as-plain-key'; algorithm: string }
  | { because: 'algorithm-not-accepted'; algorithm: string }
  | { because: 'unreadable'; fault: string }
  | { because: 'not-a-user-certificate' }
  | { because: 'ca-not-trusted'; caFingerprint: string }
  | { because: 'ca-signature-algorithm'; algorithm: string }
  | { because: 'ca-signature-wrong'; caFingerprint: string }
  | { because: 'rsa-too-short'; whose: 'user' | 'ca'; bits: number; leastBits: number }
  | { because: 'not-yet-valid'; validAfter: bigint; now: bigint }
  | { because: 'expired'; validBefore: bigint; now: bigint }
  | { because: 'revoked'; keyId: string; serial: bigint }
  | { because: 'no-principals' }
  | { because: 'no-agent'; principals: readonly string[] }
  | { because: 'several-agents'; agents: readonly string[] }
  | OptionFault
  | { because: 'source-address'; clientAddress: string; allowed: string }
  | { because: 'signature-unreadable'; fault: string }
  | { because: 'signature-algorithm'; algorithm: string; expected: string }
  | { because: 'signature-wrong' }
  | { because: 'touch-missing' }
  | { because: 'verification-missing' }

/** RSA certificates have this name in their blob; as a request it says how the client signs. */
const RSA_WITH_SHA1 = 'ssh-rsa-cert-v01@openssh.com'

/**
 * `toAgent` is what the client may be shown before it is let in (a banner); null where the peer has
 * shown nothing that a trusted CA signed, and so is told nothing about this bastion.
 */
export interface CertificateExplanation {
  readonly toAgent: string | null
  readonly toLog: string
}

export function explainCertificateRefusal(refusal: CertificateRefusal): CertificateExplanation {
  switch (refusal.because) {
    case 'not-a-certificate':
      return {
        toAgent:
          'this bastion takes OpenSSH user certificates only, no plain keys; get one with: sallyport login',
        toLog: `a plain key was offered (${quote(refusal.algorithm)})`,
      }
    case 'named-as-plain-key':
      return {
        toAgent:
          'your client offers its certificate by the name of a plain key, as old ones do; update the client',
        toLog: `a certificate was offered as ${quote(refusal.algorithm)}`,
      }
    case 'algorithm-not-accepted':
      return {
        toAgent:
          refusal.algorithm === RSA_WITH_SHA1
            ? 'your client would sign with RSA and SHA-1; update it, or use an ed25519 key'
            : null,
        toLog: `public key algorithm ${quote(refusal.algorithm)} is not accepted`,
      }
    case 'unreadable':
      return {
        toAgent: null,
        toLog: `certificate cannot be read: ${escapeControls(refusal.fault)}`,
      }
    case 'not-a-user-certificate':
      return {
        toAgent: 'this is a host certificate; a user certificate is needed',
        toLog: 'a host certificate was offered',
      }
    case 'ca-not-trusted':
      return {
        toAgent: null,
        toLog: `CA ${refusal.caFingerprint} is not a trusted user CA`,
      }
    case 'ca-signature-algorithm':
      return {
        toAgent: null,
        toLog: `the CA signed with ${quote(refusal.algorithm)}, which is not accepted`,
      }
    case 'ca-signature-wrong':
      return {
        toAgent: null,
        toLog: `the signature is not one of CA ${refusal.caFingerprint}: forged or damaged`,
      }
    case 'rsa-too-short':
      return {
        toAgent: `RSA keys need ${refusal.leastBits} bits or more; make an ed25519 key and request a certificate for it`,
        toLog: `RSA key of the ${refusal.whose} has ${refusal.bits} bits, ${refusal.leastBits} are needed`,
      }
    case 'not-yet-valid':
      return {
        toAgent: 'your certificate is not valid yet; check the clock, or request a new one',
        toLog: `valid after ${refusal.validAfter}, now ${refusal.now}`,
      }
    case 'expired':
      return {
        toAgent: 'your certificate has expired; request a new one and reconnect',
        toLog: `valid before ${refusal.validBefore}, now ${refusal.now}`,
      }
    case 'revoked':
      return {
        toAgent: 'your certificate was revoked; request a new one or ask an administrator why',
        toLog: `revoked: key id ${quote(refusal.keyId)}, serial ${refusal.serial}`,
      }
    case 'no-principals':
      return {
        toAgent: 'your certificate names no principal; request one that names your agent',
        toLog: 'the list of principals is empty',
      }
    case 'no-agent':
      return {
        toAgent:
          'no principal of your certificate is an agent here; ask an administrator to map it',
        toLog: `none of the principals is an agent: ${list(refusal.principals)}`,
      }
    case 'several-agents':
      return {
        toAgent: `your certificate speaks for several agents (${list(refusal.agents)}); request one that names a single agent`,
        toLog: `the principals stand for several agents: ${list(refusal.agents)}`,
      }
    case 'option-unknown':
      return {
        toAgent: `your certificate has a critical option that is not known here (${quote(refusal.option)}); request one without it`,
        toLog: `critical option ${quote(refusal.option)} is not known`,
      }
    case 'option-repeated':
      return {
        toAgent: `your certificate has the option ${quote(refusal.option)} twice; request a new one`,
        toLog: `option ${quote(refusal.option)} stands there twice`,
      }
    case 'option-unreadable':
      return {
        toAgent: `the option ${quote(refusal.option)} of your certificate cannot be read; request a new one`,
        toLog: `option ${quote(refusal.option)}: ${escapeControls(refusal.fault)}`,
      }
    case 'source-address':
      return {
        toAgent: `your certificate is not good from ${refusal.clientAddress}; connect from an address it names`,
        toLog: `client address ${refusal.clientAddress} is not in source-address ${refusal.allowed}`,
      }
    case 'signature-unreadable':
      return {
        toAgent: null,
        toLog: `client's signature cannot be read: ${escapeControls(refusal.fault)}`,
      }
    case 'signature-algorithm':
      return {
        toAgent: null,
        toLog: `client's signature has algorithm ${quote(refusal.algorithm)} instead of ${refusal.expected}`,
      }
    case 'signature-wrong':
      return {
        toAgent: null,
        toLog: 'the client did not prove that it holds the certified key',
      }
    case 'touch-missing':
      return {
        toAgent: 'touch your security key when it blinks, and try again',
        toLog: 'the security key was not touched',
      }
    case 'verification-missing':
      return {
        toAgent:
          'your certificate asks for your PIN or fingerprint; use a key made with -O verify-required',
        toLog: 'the security key did not verify its user',
      }
  }
}

/** Names come from the peer: quoted, and no more of them than a line can hold. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(quote).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

function quote(name: string): string {
  return `"${escapeControls(name.length > 80 ? `${name.slice(0, 80)}…` : name)}"`
}
