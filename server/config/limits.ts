import type { Limits } from '../config.ts'

/** What holds when sallyport.yaml says nothing, and why. */
export const defaultLimits: Limits = {
  // An idle session costs about 70 KB, so a full house of idle ones is 70 MB.
  connections: 1000,
  // OpenSSH's MaxStartups has the same order: strangers cost a key exchange each (about 2 ms of CPU).
  unauthenticated: 100,
  // A pipeline that starts ten jobs at once from one address still gets in; one host cannot take every place.
  unauthenticatedPerAddress: 20,
  // Ten times what a login over a slow link needs; OpenSSH's 120 s keeps a stranger's place too long.
  loginGraceSeconds: 20,
  // OpenSSH's MaxAuthTries: an ssh-agent offers its plain keys first, each counts.
  loginAttempts: 6,
  // OpenSSH's MaxSessions: what Ansible and multiplexing clients are tuned to.
  channelsPerConnection: 10,
  // Names and values together; a locale takes 200 bytes, and none of it reaches the target unjudged.
  environmentBytes: 16 * 1024,
  // The judge's own bound (POLICY.md "Bytes"): parsers are quadratic at worst, 0.4 s at this size.
  commandBytes: 16 * 1024,
  // What a responder reads of piped-in data; beyond it the bytes are counted and digested, not kept.
  stdinRecordedBytes: 1024 * 1024,
  // About ten minutes of a terminal at full speed (0.8 MB/s) while the database is away.
  spoolBytes: 512 * 1024 * 1024,
  // TCP retries its SYN after 1 and 3 s; who has not answered by then will not within an agent's patience.
  targetConnectSeconds: 10,
  // A running command gets this long after SIGTERM; systemd kills after 90 s.
  drainSeconds: 30,
  // Each costs a signature and a commit (about 10 ms); a thousand agents that renew every 5 minutes ask 200 times.
  certificatesPerMinute: 1200,
  // A pipeline of sixty jobs behind one address still gets in; one host cannot use up what is for all.
  certificatesPerMinutePerAddress: 60,
}

/** The name in sallyport.yaml, its unit, and the least and most that make sense. */
export const limitRanges: Readonly<
  Record<
    keyof Limits,
    { name: string; unit: 'count' | 'bytes' | 'seconds'; min: number; max: number }
  >
> = {
  connections: { name: 'connections', unit: 'count', min: 1, max: 100_000 },
  unauthenticated: { name: 'unauthenticated', unit: 'count', min: 1, max: 10_000 },
  unauthenticatedPerAddress: {
    name: 'unauthenticated-per-address',
    unit: 'count',
    min: 1,
    max: 10_000,
  },
  loginGraceSeconds: { name: 'login-grace', unit: 'seconds', min: 1, max: 600 },
  loginAttempts: { name: 'login-attempts', unit: 'count', min: 1, max: 100 },
  channelsPerConnection: { name: 'channels-per-connection', unit: 'count', min: 1, max: 1000 },
  environmentBytes: { name: 'environment', unit: 'bytes', min: 0, max: 1024 * 1024 },
  // More than the default would outrun the judge's deadline, so it can only be lowered.
  commandBytes: { name: 'command', unit: 'bytes', min: 64, max: 16 * 1024 },
  stdinRecordedBytes: { name: 'stdin-recorded', unit: 'bytes', min: 0, max: 1024 ** 3 },
  spoolBytes: { name: 'spool', unit: 'bytes', min: 1024 * 1024, max: 1024 ** 4 },
  targetConnectSeconds: { name: 'target-connect', unit: 'seconds', min: 1, max: 300 },
  drainSeconds: { name: 'drain', unit: 'seconds', min: 0, max: 3600 },
  certificatesPerMinute: { name: 'certificates-per-minute', unit: 'count', min: 1, max: 1_000_000 },
  certificatesPerMinutePerAddress: {
    name: 'certificates-per-minute-per-address',
    unit: 'count',
    min: 1,
    max: 1_000_000,
  },
}
