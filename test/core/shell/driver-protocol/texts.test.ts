import assert from 'node:assert/strict'
import fc from 'fast-check'
import { attendant, readModes } from '../../../../server/core/shell/driver-protocol/attendant.ts'
import { controlTerminalModes } from '../../../../server/core/shell/driver-protocol/control-terminal.ts'
import {
  checkNonce,
  type Driver,
  driverText,
  isDeviceName,
} from '../../../../server/core/shell/driver-protocol/driver-text.ts'
import {
  FULL_SCREEN_TERMINAL,
  fullScreenText,
} from '../../../../server/core/shell/driver-protocol/full-screen.ts'
import {
  completionText,
  drainText,
  environmentText,
} from '../../../../server/core/shell/driver-protocol/queries.ts'
import { runText } from '../../../../server/core/shell/driver-protocol/run-command.ts'
import {
  agentTerminal,
  chooseShell,
  CONTROL_TERMINAL,
  firstLines,
  type Place,
} from '../../../../server/core/shell/driver-protocol/startup.ts'

const NONCE = '01234567890123456789012345678'
const OTHER = '98765432109876543210987654321'
const drivers: readonly Driver[] = (['bash', 'posix'] as const).map(dialect => ({
  dialect,
  control: '/dev/pts/3',
  terminal: '/dev/pts/4',
  prefix: '__0123456789012345_',
}))

describe('text for the driver shell', () => {
  it('has no control character but the newline between lines, and no line too long, whatever was judged', () => {
    const judged = fc.string({ unit: 'grapheme', maxLength: 3000 }).map(text =>
      // oxlint-disable-next-line no-control-regex -- the judge refuses control characters
      text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "'"),
    )
    fc.assert(
      fc.property(
        judged,
        fc.nat({ max: 255 }),
        fc.constantFrom(...drivers),
        (line, previousStatus, driver) => {
          const text = runText(driver, line, { nonce: NONCE, transmission: OTHER, previousStatus })
          for (const each of text.split('\n')) {
            assert.ok(new TextEncoder().encode(each).length < 4000)
            // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
            assert.doesNotMatch(each, /[\0-\x08\x0a-\x1f\x7f]/)
          }
        },
      ),
    )
  })

  it('does not carry a line that the judge would never have let through', () => {
    for (const driver of drivers) {
      for (const bad of ['a\0b', 'a\x03', 'a\rb', 'a\x1bb', 'a\x7f']) {
        assert.throws(
          () => runText(driver, bad, { nonce: NONCE, transmission: OTHER, previousStatus: 0 }),
          /control character/,
        )
      }
    }
  })

  it('takes nothing but 29 decimal digits for a nonce', () => {
    for (const bad of ['', 'x'.repeat(29), NONCE.slice(1), `${NONCE}0`, `${NONCE.slice(1)}'`]) {
      assert.throws(() => checkNonce(bad))
      for (const driver of drivers) {
        assert.throws(() =>
          runText(driver, 'ls', { nonce: bad, transmission: OTHER, previousStatus: 0 }),
        )
        assert.throws(() =>
          runText(driver, 'ls', { nonce: NONCE, transmission: bad, previousStatus: 0 }),
        )
        assert.throws(() => drainText(driver, bad))
        assert.throws(() => environmentText(driver, bad))
        assert.throws(() => completionText(driver, bad, { word: 'x', names: 'files' }))
        assert.throws(() => firstLines(driver, { shell: bad, place: NONCE }))
      }
    }
  })

  it('takes no odd status', () => {
    for (const previousStatus of [-1, 256, 1.5, Number.NaN]) {
      assert.throws(() =>
        runText(drivers[0] as Driver, 'ls', { nonce: NONCE, transmission: OTHER, previousStatus }),
      )
    }
  })

  it('refuses a line of its own that a terminal would cut off', () => {
    assert.throws(() => driverText('x'.repeat(4001)))
  })
})

describe('commands for the target', () => {
  const place: Place = {
    control: '/dev/pts/3',
    hostName: 'web',
    userName: 'deploy',
    isRoot: false,
    shells: { bash: '/bin/bash', dash: '/bin/dash', ash: null, busybox: '/bin/busybox' },
  }
  const bash = chooseShell('bash', place)
  const commands = [
    CONTROL_TERMINAL,
    FULL_SCREEN_TERMINAL,
    ...(bash === null ? [] : [agentTerminal(bash, '/dev/pts/3')]),
    attendant({ terminal: '/dev/pts/4', pid: 4711, leader: 'shell' }),
  ]

  it('say the same to every login shell', () => {
    assert.equal(commands.length, 4)
    for (const command of commands) {
      const inside = /^exec \/bin\/sh -c '([^']*)'$/.exec(command)?.[1]
      assert.ok(inside !== undefined, command)
      assert.doesNotMatch(inside, /[!\n]|\\\\/)
    }
  })

  it('carry nothing that was read from a terminal and could say more than a name', () => {
    for (const bad of [
      '/dev/pts/3;id',
      '/dev/pts/3 x',
      '/dev/../etc/passwd',
      '/tmp/x',
      "/dev/'",
      '/dev/pts/$x',
    ]) {
      assert.equal(isDeviceName(bad), false, bad)
      if (bash !== null) assert.throws(() => agentTerminal(bash, bad))
      assert.throws(() => attendant({ terminal: bad, pid: 4711, leader: 'shell' }))
    }
    assert.throws(() => attendant({ terminal: '/dev/pts/4', pid: 1, leader: 'program' }))
  })

  it('choose the shell that reads lines as they were judged', () => {
    const none = { bash: null, dash: null, ash: null, busybox: null }
    assert.equal(chooseShell('bash', { ...place, shells: { ...none, dash: '/bin/dash' } }), null)
    assert.equal(chooseShell('sh', { ...place, shells: none }), null)
    assert.deepEqual(chooseShell('sh', place)?.command, ['/bin/dash', '-l', '-i'])
    assert.deepEqual(chooseShell('sh', { ...place, shells: { ...none, busybox: '/b' } })?.command, [
      '/b',
      'ash',
      '-l',
      '-i',
    ])
    assert.equal(
      chooseShell('sh', { ...place, shells: { ...none, bash: '/b' } })?.command[1],
      '--posix',
    )
  })
})

describe('fullScreenText', () => {
  const environment = (
    variables: Record<string, string>,
  ): { variables: Map<string, string>; umask: string } => ({
    variables: new Map(Object.entries(variables)),
    umask: '022',
  })

  it('is lines of plain characters that end in a dot', () => {
    const text = fullScreenText(
      "vim 'a b'",
      'bash',
      '/srv/é',
      environment({ A: "x'y\n\0z", B: '$(id)' }),
    )
    assert.match(text ?? '', /^(?:[A-Za-z0-9_/=;:,+\\-]*\n)+\.\n$/)
  })

  it('leaves behind what belongs to the shell or would run code', () => {
    const decoded = Buffer.from(
      (
        fullScreenText(
          'x',
          'bash',
          '/',
          environment({
            KEEP: '1',
            LD_PRELOAD: 'x',
            BASH_ENV: 'x',
            ENV: 'x',
            PS1: 'x',
            'BASH_FUNC_f%%': 'x',
            'a b': 'x',
          }),
        ) ?? ''
      )
        .replace(/\n/g, '')
        .replace(/\\0([0-7]{3})/g, (_, code: string) =>
          String.fromCharCode(Number.parseInt(code, 8)),
        ),
      'latin1',
    ).toString()
    assert.match(
      decoded,
      /^[0-9]{8}export KEEP='1';export LESSSECURE=1;umask 022;cd '\/' && exec bash -c 'x'\.$/,
    )
  })

  it('is refused when there is too much to hand over', () => {
    assert.equal(fullScreenText('x', 'bash', '/', environment({ BIG: 'x'.repeat(70_000) })), null)
  })
})

describe('readModes', () => {
  const modes = (text: string): ReturnType<typeof readModes> =>
    readModes({ kind: 'M', nonce: NONCE, fields: [text] })
  const GNU =
    'speed 38400 baud; rows 24; columns 80; line = 0; intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>; eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R; werase = ^W; lnext = ^V; discard = ^O; min = 1; time = 0; -parenb icrnl -inlcr -istrip -iuclc isig icanon iexten echo echoe -xcase'
  const BSD =
    'speed 9600 baud; 24 rows; 80 columns; lflags: icanon isig iexten echo echoe -echok iflags: -istrip icrnl -inlcr -igncr cchars: discard = ^O; dsusp = ^Y; eof = ^D; eol = <undef>; erase = ^?; intr = ^C; min = 1; reprint = ^R; status = ^T; time = 0;'

  it('reads GNU, BusyBox and BSD', () => {
    const cooked = { isCanonical: true, echoes: true, hasSignals: true, isPlain: true }
    assert.deepEqual(modes(GNU), cooked)
    assert.deepEqual(modes(BSD), cooked)
  })

  for (const [what, from, to] of [
    ['a printable erase character', 'erase = ^?', 'erase = x'],
    ['a printable end of line', 'eol = <undef>', 'eol = ;'],
    ['a printable eol2', 'eol2 = <undef>', 'eol2 = A'],
    ['a blank for a special character', 'kill = ^U', 'kill =  '],
    ['translated newlines', '-inlcr', 'inlcr'],
    ['translated case', '-iuclc', 'iuclc'],
    ['stripped bits', '-istrip', 'istrip'],
  ] as const) {
    it(`calls a terminal with ${what} not plain`, () => {
      assert.equal(modes(GNU.replace(from, to))?.isPlain, false)
    })
  }

  it('does not take what it cannot read for an answer', () => {
    for (const text of ['', 'stty: not a tty', 'icanon echo']) assert.equal(modes(text), null)
  })
})

describe('controlTerminalModes', () => {
  it('are pairs of an opcode and a value, and an end (RFC 4254 §8)', () => {
    const bytes = controlTerminalModes()
    assert.equal(bytes.length % 5, 1)
    assert.equal(bytes.at(-1), 0)
    const values = new Map(
      Array.from({ length: (bytes.length - 1) / 5 }, (_, at) => [bytes[at * 5], bytes[at * 5 + 4]]),
    )
    assert.equal(values.get(5), 255, 'VEOF')
    assert.equal(values.get(53), 1, 'ECHO')
    assert.equal(values.get(50), 0, 'ISIG')
    assert.equal(values.get(51), 1, 'ICANON')
  })
})
