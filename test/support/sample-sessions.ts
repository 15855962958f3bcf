/** Sessions as an agent leaves them behind: work, a denial, silence, colours, a flood, and malice. */
import { recordSession, START_MS, type RecordedSession } from './recorded-sessions.ts'

const GREEN = '\u001b[32m'
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

export const INVESTIGATION = '0198a2b0-1111-7000-8000-000000000003'
export const HOSTILE = '0198a2b0-1111-7000-8000-000000000002'
export const SILENT = '0198a2b0-1111-7000-8000-000000000001'
export const UNFILTERED = '0198a2b0-1111-7000-8000-000000000000'
export const LIVE = '0198a2b0-1111-7000-8000-000000000004'

const spread = (fromMs: number, lines: readonly string[]): [number, string][] =>
  lines.map((line, index) => [fromMs + index * 40, `${line}\n`])

export const investigation: RecordedSession = recordSession(INVESTIGATION, [
  {
    line: 'systemctl status nginx --no-pager',
    atMs: 900,
    exit: 3,
    output: spread(950, [
      `${RED}●${PLAIN} nginx.service - A high performance web server`,
      `     Loaded: loaded (/lib/systemd/system/nginx.service; ${GREEN}enabled${PLAIN})`,
      `     Active: ${RED}failed${PLAIN} (Result: exit-code) since Fri 2026-07-03 03:04:41 UTC`,
      '    Process: 4121 ExecStart=/usr/sbin/nginx (code=exited, status=1/FAILURE)',
    ]),
  },
  {
    line: 'journalctl -u nginx -n 4 --no-pager',
    atMs: 4200,
    output: spread(4260, [
      'Jul 03 03:04:41 web-01 nginx[4121]: bind() to 0.0.0.0:443 failed (98: Address in use)',
      'Jul 03 03:04:41 web-01 nginx[4121]: still could not bind()',
      'Jul 03 03:04:41 web-01 systemd[1]: nginx.service: Failed with result exit-code',
      'Jul 03 03:04:41 web-01 systemd[1]: Failed to start nginx.service',
    ]),
  },
  {
    line: 'ss -ltnp | grep :443',
    canonical: "ss '-ltnp' |\n grep ':443'",
    atMs: 9800,
    output: spread(9860, ['LISTEN 0 511 0.0.0.0:443 0.0.0.0:* users:(("haproxy",pid=3990,fd=7))']),
  },
  {
    line: 'cat /etc/shadow',
    atMs: 14_100,
    verdict: 'deny',
    rule: 'protect',
    reason: '/etc/shadow is protected from reading',
  },
  {
    line: 'sudo systemctl restart nginx',
    atMs: 31_000,
    verdict: 'ask',
    rule: 'restart-services',
    reason: 'restarts need a human',
  },
  { line: 'test -f /run/nginx.pid', atMs: 33_400, exit: 1 },
  {
    line: 'top -b -n 2',
    atMs: 36_000,
    terminal: [100, 30],
    output: [
      [36_050, '\u001b[?1049h\u001b[2J\u001b[H\u001b[1mtop\u001b[0m - load average: 0.40\r\n'],
      [
        36_900,
        '\u001b[H\u001b[1mtop\u001b[0m - load average: 0.41\r\n  PID USER  %CPU COMMAND\r\n',
      ],
      [37_800, ' 3990 haproxy 12.1 haproxy\r\n'],
      [38_000, '\u001b[?1049l'],
    ],
  },
  {
    line: 'find / -name nginx.conf -exec cat {} +',
    atMs: 44_000,
    verdict: 'deny',
    rule: 'opaque',
    reason: 'find -exec runs cat with paths that are not known before it runs',
    commands: [
      {
        argv: ['find', '/', '-name', 'nginx.conf', '-exec', 'cat', '{}', '+'],
        as: null,
        via: [],
        verdict: 'allow',
        rule: 'look-around',
      },
      { argv: ['cat', null], as: null, via: ['find -exec'], verdict: 'deny', rule: 'opaque' },
    ],
  },
])

export const hostile: RecordedSession = recordSession(
  HOSTILE,
  [
    {
      line: 'cat \u202egpj.tac\u2066 <img src=x onerror=alert(1)>',
      atMs: 500,
      output: [
        [520, '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\n'],
        [540, '\u001b]8;;https://evil.example/\u0007a link\u001b]8;;\u0007\n'],
        [560, '\u001b]0;a title\u0007\u001b]52;c;cHduZWQ=\u0007after the clipboard\n'],
        [580, 'abc\u202edef\u202c \u05d0\u05d1\u05d2 end\n'],
        [600, 'lone \ud800 surrogate\n'],
        [620, '\u001b[8;9999;9999t\u001b[6n\u001b[c\u009b31mdone\n'],
      ],
    },
    {
      line: 'printf "\u001b]0;x\u0007"\nrm -rf /',
      atMs: 2000,
      verdict: 'deny',
      rule: 'unreadable',
      reason: 'the line contains the control character \u001b',
    },
  ],
  { agent: 'agent-9', task: 'nightly', onBehalfOf: null, startedAtMs: START_MS - 3_600_000 },
)

export const silent: RecordedSession = recordSession(
  SILENT,
  [
    {
      line: 'rm -rf /srv',
      atMs: 300,
      verdict: 'deny',
      rule: 'default',
      reason: 'no rule allows rm',
    },
  ],
  { agent: 'agent-9', task: 'nightly', startedAtMs: START_MS - 90_000_000 },
)

export const live: RecordedSession = recordSession(
  LIVE,
  [{ line: 'tail -f /var/log/syslog', atMs: 400, output: spread(500, ['one', 'two']) }],
  { startedAtMs: Date.now() - 60_000, endedAtMs: null, endReason: null, task: 'watch' },
)

/** Recorded and not judged: a command, and a shell of the login's own, which is one step however long it goes on. */
export const unfiltered: RecordedSession = recordSession(
  UNFILTERED,
  [
    { line: 'mkfs.ext4 /dev/vdb1', atMs: 400, output: spread(450, ['Creating filesystem']) },
    {
      line: '',
      canonical: 'exec "$SHELL" -l',
      atMs: 2000,
      terminal: [100, 30],
      output: [[2100, '$ reboot\r\n']],
    },
  ],
  {
    agent: 'agent-3',
    task: 'inc-4409',
    policy: 'unfiltered',
    unfiltered: true,
    startedAtMs: START_MS - 172_800_000,
  },
)

export const sampleSessions = [investigation, hostile, silent, live]
