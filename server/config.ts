/** Everything an operator can set, read once at start. All paths are absolute. */
export interface Config {
  /** State: database, spool, policies, ready.json. */
  readonly home: string
  readonly keys: string
  readonly policies: string
  readonly ssh: ListenAddress
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
  readonly limits: Limits
}

export interface ListenAddress {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** Every bound, with its reason beside its default in `limits` below. */
export interface Limits {
  readonly connections: number
  readonly unauthenticated: number
  readonly unauthenticatedPerAddress: number
  readonly loginGraceSeconds: number
  readonly loginAttempts: number
  readonly channelsPerConnection: number
  readonly environmentBytes: number
  readonly commandBytes: number
  readonly stdinRecordedBytes: number
  readonly spoolBytes: number
  readonly targetConnectSeconds: number
  readonly drainSeconds: number
}
