import type { Unit } from './quantity.ts'

/** Every bound; what each is for, its default and the reason for it are in the table below. */
export interface Limits {
  readonly connections: number
  readonly connectionsPerAgent: number
  readonly loginsPerMinutePerAgent: number
  readonly smallPacketsPerSecond: number
  readonly unauthenticated: number
  readonly unauthenticatedPerAddress: number
  readonly strangersPerMinutePerAddress: number
  readonly loginGraceSeconds: number
  readonly loginAttempts: number
  readonly bytesBeforeLogin: number
  readonly bannerBytes: number
  readonly channelsPerConnection: number
  readonly refusalsPerConnection: number
  readonly windowBytes: number
  readonly targetWindowBytes: number
  readonly packetBytes: number
  readonly leastPacketBytes: number
  readonly environmentBytes: number
  readonly terminalCells: number
  readonly commandBytes: number
  readonly stdinRecordedBytes: number
  readonly spoolBytes: number
  readonly targetConnectSeconds: number
  readonly drainSeconds: number
  readonly counterQuestions: number
  readonly counterQuestionSeconds: number
  readonly requestsWaitingPerAgent: number
  readonly requestsWaiting: number
  readonly certificatesPerMinute: number
  readonly certificatesPerMinutePerAddress: number
}

export interface Limit {
  /** In sallyport.yaml, under `limits`. */
  readonly name: string
  readonly unit: Unit
  /** What holds when sallyport.yaml says nothing. */
  readonly usual: number
  /** The least and most that make sense. */
  readonly min: number
  readonly max: number
  /** What is bounded, and why at this number: SETTINGS.md shows these sentences to operators. */
  readonly bounds: string
  readonly because: string
}

export const limits: Readonly<Record<keyof Limits, Limit>> = {
  connections: {
    name: 'connections',
    unit: 'count',
    usual: 1000,
    min: 1,
    max: 100_000,
    bounds: 'SSH connections at once',
    because: 'an idle session costs about 70 KB, so a full house of idle ones is 70 MB',
  },
  connectionsPerAgent: {
    name: 'connections-per-agent',
    unit: 'count',
    usual: 100,
    min: 1,
    max: 100_000,
    bounds: 'of them, logged in as one agent',
    because:
      'no agent, and nobody with its certificate, can take every place; a grant bounds sessions besides',
  },
  loginsPerMinutePerAgent: {
    name: 'logins-per-minute-per-agent',
    unit: 'count',
    usual: 600,
    min: 1,
    max: 1_000_000,
    bounds:
      'logins of one agent in a minute, and connections inside a jump (ssh -J); a minute of them may come at once',
    because:
      'each costs a key exchange, up to 8 ms of processor time, so one agent cannot take more than 8 % of a processor for long; a hundred hosts at once by ssh -J are 200',
  },
  smallPacketsPerSecond: {
    name: 'small-packets-per-second',
    unit: 'count',
    usual: 2000,
    min: 100,
    max: 1_000_000,
    bounds:
      'packets below 1 KB from one agent, on all its connections; ten seconds of them may come at once, then it is read from more slowly',
    because:
      'each takes 15 µs whatever it carries, so one agent can take 3 % of a processor this way; a typist sends 20, OpenSSH with hidden keystrokes 50',
  },
  unauthenticated: {
    name: 'unauthenticated',
    unit: 'count',
    usual: 100,
    min: 1,
    max: 10_000,
    bounds: 'of them, not logged in yet; the oldest goes for a newcomer',
    because:
      "OpenSSH's MaxStartups has the same order: strangers cost a key exchange each, up to 8 ms of processor time",
  },
  unauthenticatedPerAddress: {
    name: 'unauthenticated-per-address',
    unit: 'count',
    usual: 20,
    min: 1,
    max: 10_000,
    bounds: 'of those, from one address (a /64 of IPv6)',
    because:
      'a pipeline that starts ten jobs at once from one address still gets in; one host cannot take every place',
  },
  strangersPerMinutePerAddress: {
    name: 'strangers-per-minute-per-address',
    unit: 'count',
    usual: 300,
    min: 1,
    max: 1_000_000,
    bounds:
      'connections from one address that speak SSH and leave without a login, in a minute; then all from there wait for the next minute',
    because:
      'with 8 ms each, one address cannot take more than 4 % of a processor; a hundred jobs whose certificate has expired may fail three times each',
  },
  loginGraceSeconds: {
    name: 'login-grace',
    unit: 'seconds',
    usual: 20,
    min: 1,
    max: 600,
    bounds: 'from connecting to being logged in',
    because:
      "ten times what a login over a slow link needs; OpenSSH's 120 s keeps a stranger's place too long",
  },
  loginAttempts: {
    name: 'login-attempts',
    unit: 'count',
    usual: 6,
    min: 1,
    max: 100,
    bounds: 'keys or methods refused on one connection',
    because: "OpenSSH's MaxAuthTries: an ssh-agent offers its plain keys first, each counts",
  },
  bytesBeforeLogin: {
    name: 'before-login',
    unit: 'bytes',
    usual: 256 * 1024,
    min: 16 * 1024,
    max: 16 * 1024 * 1024,
    bounds: 'sent by a client before it is logged in',
    because:
      'a login with the largest certificates and six attempts takes a tenth of it; the rest would be noise that costs us work',
  },
  bannerBytes: {
    name: 'banner',
    unit: 'bytes',
    usual: 255,
    min: 64,
    max: 4096,
    bounds: "a client's first line (its identification string)",
    because: 'RFC 4253 §4.2; it stands in every session and every refused login',
  },
  channelsPerConnection: {
    name: 'channels-per-connection',
    unit: 'count',
    usual: 10,
    min: 1,
    max: 1000,
    bounds: 'open at once on one connection',
    because: "OpenSSH's MaxSessions: what Ansible and multiplexing clients are tuned to",
  },
  refusalsPerConnection: {
    name: 'refusals-per-connection',
    unit: 'count',
    usual: 100,
    min: 1,
    max: 10_000,
    bounds: 'requests refused on one connection before it is closed',
    because: 'each is an event, and nobody needs this many answers',
  },
  windowBytes: {
    name: 'window',
    unit: 'bytes',
    usual: 1024 * 1024,
    min: 32 * 1024,
    max: 16 * 1024 * 1024,
    bounds: 'of input on the way from an agent in one channel',
    because:
      'uploads over a slow link still fill it, and ten channels of 1,000 connections stay below 10 GB even if all are hostile',
  },
  targetWindowBytes: {
    name: 'target-window',
    unit: 'bytes',
    usual: 2 * 1024 * 1024,
    min: 32 * 1024,
    max: 64 * 1024 * 1024,
    bounds: 'of output on the way from a target in one channel',
    because: "OpenSSH's own default",
  },
  packetBytes: {
    name: 'packet',
    unit: 'bytes',
    usual: 32 * 1024,
    min: 4096,
    max: 32 * 1024,
    bounds: 'of data taken, and sent, in one packet',
    because: 'RFC 4253 §6.1; no packet beyond 35,000 bytes is read at all',
  },
  leastPacketBytes: {
    name: 'least-packet',
    unit: 'bytes',
    usual: 512,
    min: 64,
    max: 16 * 1024,
    bounds: 'a client must be ready to take in one packet',
    because:
      'less would have us send a header for every few bytes, and 0 for ever; every client we know takes 16 KB',
  },
  environmentBytes: {
    name: 'environment',
    unit: 'bytes',
    usual: 16 * 1024,
    min: 0,
    max: 1024 * 1024,
    bounds: 'of environment variables, names and values together, in one channel',
    because: 'a locale takes 200 bytes, and none of it reaches the target unjudged',
  },
  terminalCells: {
    name: 'terminal',
    unit: 'count',
    usual: 4096,
    min: 80,
    max: 65_535,
    bounds: 'columns, and rows, of a terminal; more are taken for so many',
    because: 'eight times a wall of 4K screens; a player has to draw what is recorded',
  },
  commandBytes: {
    name: 'command',
    unit: 'bytes',
    usual: 16 * 1024,
    min: 64,
    // More would outrun the judge's deadline, so it can only be lowered.
    max: 16 * 1024,
    bounds: 'of one command line',
    because: "the judge's own bound: parsers are quadratic at worst, 0.4 s at this size",
  },
  stdinRecordedBytes: {
    name: 'stdin-recorded',
    unit: 'bytes',
    usual: 1024 * 1024,
    min: 0,
    max: 1024 ** 3,
    bounds: 'of standard input kept in the record of one command',
    because:
      'what a responder reads of piped-in data; beyond it the bytes are counted and digested, not kept',
  },
  spoolBytes: {
    name: 'spool',
    unit: 'bytes',
    usual: 512 * 1024 * 1024,
    min: 1024 * 1024,
    max: 1024 ** 4,
    bounds: 'of recordings that wait on disk for the database',
    because: 'about ten minutes of a terminal at full speed (0.8 MB/s) while the database is away',
  },
  targetConnectSeconds: {
    name: 'target-connect',
    unit: 'seconds',
    usual: 10,
    min: 1,
    max: 300,
    bounds: 'for a target to answer and let us in',
    because:
      "TCP retries its SYN after 1 and 3 s; who has not answered by then will not within an agent's patience",
  },
  drainSeconds: {
    name: 'drain',
    unit: 'seconds',
    usual: 30,
    min: 0,
    max: 3600,
    bounds: 'that running commands get after SIGTERM',
    because: 'systemd kills after 90 s',
  },
  counterQuestions: {
    name: 'counter-questions',
    unit: 'count',
    usual: 20,
    min: 1,
    max: 10_000,
    bounds: 'of one agent at the counter (ssh sallyport@bastion) in one go',
    because:
      'a start that looks at everything; each costs a few queries and an event, which stay for good',
  },
  counterQuestionSeconds: {
    name: 'counter-question-every',
    unit: 'seconds',
    usual: 2,
    min: 1,
    max: 3600,
    bounds: 'until the agent may ask one more',
    because:
      'who works on several tasks and looks after each every few seconds never meets it, a loop does at once',
  },
  requestsWaitingPerAgent: {
    name: 'requests-waiting-per-agent',
    unit: 'count',
    usual: 5,
    min: 1,
    max: 1000,
    bounds: 'requests of one agent for access that wait for an answer',
    because: 'an agent works on few errands at once; more is a loop that asks',
  },
  requestsWaiting: {
    name: 'requests-waiting',
    unit: 'count',
    usual: 1000,
    min: 1,
    max: 100_000,
    bounds: 'of them, of all agents',
    because:
      'as many as a person would ever read; with it, 200 agents that loop do not fill the table',
  },
  certificatesPerMinute: {
    name: 'certificates-per-minute',
    unit: 'count',
    usual: 1200,
    min: 1,
    max: 1_000_000,
    bounds: 'asked for with tokens in a minute, from addresses that were given none before',
    because:
      'each costs a signature and a commit (about 10 ms); a thousand agents that renew every 5 minutes ask 200 times, and keep their place when strangers take all of these',
  },
  certificatesPerMinutePerAddress: {
    name: 'certificates-per-minute-per-address',
    unit: 'count',
    usual: 60,
    min: 1,
    max: 1_000_000,
    bounds: 'of them, from one address',
    because:
      'a pipeline of sixty jobs behind one address still gets in; one host cannot use up what is for all',
  },
}

export const defaultLimits = Object.fromEntries(
  Object.entries(limits).map(([key, { usual }]) => [key, usual]),
) as Record<keyof Limits, number> satisfies Limits

/** A part, its whole, and what the part could do if it were larger. */
const PARTS: readonly (readonly [keyof Limits, keyof Limits, string])[] = [
  ['unauthenticatedPerAddress', 'unauthenticated', 'one address could then keep everybody out'],
  ['unauthenticated', 'connections', 'strangers could then keep agents out'],
  [
    'requestsWaitingPerAgent',
    'requestsWaiting',
    'one agent could then keep all others from asking',
  ],
  [
    'certificatesPerMinutePerAddress',
    'certificatesPerMinute',
    'one address could then keep everybody out',
  ],
]

/** What each limit allows by itself and no two of them together. */
export function findLargerParts(set: Limits): string[] {
  return PARTS.flatMap(([part, whole, outcome]) =>
    set[part] <= set[whole]
      ? []
      : [
          `limits: ${limits[part].name} (${set[part]}) is above ${limits[whole].name} (${set[whole]}); ${outcome}`,
        ],
  )
}
