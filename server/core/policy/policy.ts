export type VerdictWord = 'allow' | 'ask' | 'deny'

/** What a running program may be sent: nothing but ^C ^Z ^\ ^S ^Q; whole judged lines; everything. */
export type InputClass = 'none' | 'line' | 'raw'

/**
 * A policy as the judge uses it: read, checked, groups written out. Plain data, so that it can be
 * sent to a worker; globs and patterns stay text.
 */
export interface Policy {
  readonly name: string
  /** Lower-case hex SHA-256 of the YAML text. */
  readonly digest: string
  readonly text: string
  /** `observe` judges and records but lets every line pass. */
  readonly mode: 'enforce' | 'observe'
  /** Recorded, not judged. */
  readonly unfiltered: boolean
  readonly default: VerdictWord
  readonly analysis: {
    readonly opaque: 'deny' | 'ask'
    readonly dynamic: 'deny' | 'ask'
    readonly forward: 'canonical' | 'verbatim'
  }
  readonly input: { readonly default: InputClass }
  readonly interactive: {
    /** Where a target gives no shell that can be supervised: no shell at all, or each command by itself. */
    readonly fallback: 'refuse' | 'one-by-one'
    /** Which lines a new shell remembers: none, or those that the agent has entered on this target before. */
    readonly history: 'session' | 'agent-and-target'
  }
  readonly protect: {
    readonly read: readonly string[]
    readonly write: readonly string[]
    /** Globs that `read` and `write` leave out. */
    readonly except: readonly string[]
  }
  readonly rules: readonly CommandRule[]
  readonly transfers: readonly TransferRule[]
  readonly when: When | null
}

export interface Ruling {
  readonly id: string
  readonly verdict: VerdictWord
  /** Why, in the author's words. */
  readonly reason: string | null
  /** For `ask`: who may approve, and how long the question stands. */
  readonly approvers: readonly string[]
  readonly expiresMs: number
}

/** Speaks about a command; every limit that is not null must hold for the rule to match. */
export interface CommandRule extends Ruling {
  /** Names as found, absolute paths, globs of either. */
  readonly programs: readonly string[]
  /** The exact words after the program's name. */
  readonly argv: readonly ArgumentShape[] | null
  readonly arguments: ArgumentLimits | null
  /** Users after sudo or doas; null for the login itself. */
  readonly as: readonly string[] | null
  /** Variables that may be set for the command, besides harmless ones. */
  readonly environment: readonly string[]
  /** Globs of the files its output may be redirected to, besides `/dev/null`. */
  readonly redirectTo: readonly string[]
  readonly input: InputClass | null
  /** RE2 patterns of which a line sent to the program must match one. */
  readonly inputLines: readonly string[] | null
  /** Whether the bastion keeps the program from starting a shell, or the author knows that it can. */
  readonly escapes: 'disabled' | 'accepted' | null
}

/** One word of an exact shape. */
export type ArgumentShape =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'limits'; readonly limits: WordLimits }
  /** A word that may be missing; only other optional words and `rest` follow. */
  | { readonly is: 'optional'; readonly limits: WordLimits }
  /** Any number of further words, each within the limits; always the last. */
  | { readonly is: 'rest'; readonly limits: WordLimits }

/** What one word may be. Whatever is given must hold; nothing given means any word. */
export interface WordLimits {
  readonly oneOf: readonly string[] | null
  /** RE2, matched against the whole word. */
  readonly pattern: string | null
  /** Globs of which the word, read as a path, must match one. */
  readonly paths: readonly string[] | null
}

/** Limits for programs whose arguments are options and files. Options are compared written out. */
export interface ArgumentLimits {
  /** The only options there may be; null for any. */
  readonly options: readonly string[] | null
  readonly denyOptions: readonly string[]
  /** Options that must be there. */
  readonly requiredOptions: readonly string[]
  /** Limits on the values of some options, by option. Of a program without facts it says that they take one. */
  readonly values: readonly { readonly option: string; readonly limits: WordLimits }[]
  /** Globs of which every path must match one. */
  readonly paths: readonly string[] | null
  /** Limits on every word that is not an option, path or not. */
  readonly operands: WordLimits | null
  /** The same, word by word: `systemctl status nginx` whatever options stand between. */
  readonly operandShape: readonly ArgumentShape[] | null
}

export type TransferProtocol = 'sftp' | 'scp' | 'rsync' | 'git'
export type TransferDirection = 'upload' | 'download'

export interface TransferRule extends Ruling {
  readonly protocols: readonly TransferProtocol[]
  readonly directions: readonly TransferDirection[]
  /** Null for any path that is not protected. */
  readonly paths: readonly string[] | null
  readonly maxBytes: number | null
}

/** Narrows the whole policy: outside of it every line is denied. */
export interface When {
  /** Target names, and tags as `tag:NAME`; null for every target. */
  readonly targets: readonly string[] | null
  readonly hours: Hours | null
}

export interface Hours {
  /** IANA name. */
  readonly timezone: string
  /** Minutes since midnight; `to` is not included, and lies on the next day when it is before `from`. */
  readonly fromMinute: number
  readonly toMinute: number
  /** The days on which a span begins; 0 is Sunday. */
  readonly days: readonly number[]
}
