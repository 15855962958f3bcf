/** Signature algorithms that a token may have: asymmetric ones with SHA-2 or better (RFC 7518 §3.1, RFC 8037 §3.1). */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** Somebody whose tokens are believed, and what they are believed about. */
export interface TrustedIssuer {
  /** Exactly as in the claim `iss`. */
  readonly issuer: string
  /** The audiences that mean this bastion. */
  readonly audience: readonly string[]
  readonly keys: { readonly url: string } | { readonly file: string }
  readonly algorithms: readonly TokenAlgorithm[]
  /** How far the issuer's clock may be ahead of ours. */
  readonly clockToleranceSeconds: number
  /** Since `iat`, however long the token says it lasts. */
  readonly maxAgeSeconds: number
  /** False for issuers that write no `nbf`; `iat` then stands for it. */
  readonly requiresNotBefore: boolean
  readonly certificateSeconds: number
  /** True where certificates may be valid longer than the token they were issued for. */
  readonly mayOutliveToken: boolean
  /** The first that matches decides. */
  readonly agents: readonly AgentRule[]
}

/** Claims that must all be as listed. A list in the token matches when it holds one of the values. */
export type ClaimCondition = Readonly<Record<string, readonly string[]>>

/** Which tokens are which agent. */
export interface AgentRule {
  readonly when: ClaimCondition
  /** A template, as are the others: `web-deployer`, `k8s-{kubernetes.io/namespace}`. */
  readonly agent: string
  /** From the claims; null leaves it to the caller, within `tasks`. */
  readonly task: string | null
  /** Tasks of which the caller must ask for one; a `*` at the end stands for anything. Empty: none, and none may be. */
  readonly tasks: readonly string[]
  readonly onBehalfOf: string | null
}
