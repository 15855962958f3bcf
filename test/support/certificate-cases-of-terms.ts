import { WireWriter } from '../../server/core/ssh-wire/writer.ts'
import { type CertificateCase, revokedCa, revokedKey } from './certificate-case.ts'
import { flag, type ForgedOption, type Forgery, value } from './forged-certificate.ts'
import { softwareKey } from './software-keys.ts'

/** What a certificate says (when, for whom, on what conditions), and whether that was taken back. */

const ACCEPTED = 'accepted'

export function validity(now: bigint): CertificateCase[] {
  const times: [string, bigint, bigint, CertificateCase['ours']][] = [
    ['expired a second ago', now - 600n, now - 1n, 'expired'],
    ['expired this second', now - 600n, now, 'expired'],
    // An hour, because the cases are listed before the whole test run begins and tried when their turn comes.
    ['valid for another hour', now - 600n, now + 3600n, ACCEPTED],
    ['valid from this second', now, now + 3600n, ACCEPTED],
    ['valid in an hour', now + 3600n, now + 7200n, 'not-yet-valid'],
    ['valid always', 0n, 2n ** 64n - 1n, ACCEPTED],
    ['valid before 1970', 0n, 0n, 'expired'],
    ['valid backwards', now + 3600n, now - 300n, 'not-yet-valid'],
    ['valid until beyond signed numbers', 0n, 2n ** 63n, ACCEPTED],
    ['valid from the last second there is', 2n ** 64n - 1n, 2n ** 64n - 1n, 'not-yet-valid'],
  ]
  return times.map(([name, validAfter, validBefore, ours]) => ({
    name,
    forgery: { validAfter, validBefore },
    ours,
  }))
}

export function principals(): CertificateCase[] {
  const many = (count: number) => [
    ...Array.from({ length: count - 1 }, (_, at) => `P${at}`),
    'alice',
  ]
  const lists: [string, Forgery['principals'], CertificateCase['ours'], string?][] = [
    ['no principals', [], 'no-principals'],
    ['an empty principal', [''], 'no-agent'],
    ['another case', ['Alice'], 'no-agent'],
    ['a pattern', ['*', 'ali?e', 'a*'], 'no-agent'],
    ['two names in one', ['alice,bob'.toUpperCase()], 'no-agent'],
    ['the right one last', ['Team A', 'alice'], ACCEPTED],
    ['the right one twice', ['alice', 'alice'], ACCEPTED],
    ['256 principals', many(256), ACCEPTED],
    ['257 principals', many(257), 'unreadable'],
    ['a NUL before the right one', ['\0alice'], 'unreadable'],
    ['a NUL after the right one', ['alice\0'], 'unreadable', 'sshd reads up to the NUL'],
    [
      'bytes that are not UTF-8',
      ['alice', Uint8Array.of(0xfc)],
      'unreadable',
      'what is no text cannot be shown or searched',
    ],
    [
      'two agents',
      ['alice', 'bob'],
      'several-agents',
      'sshd asks for one of them by user name; events name one agent',
    ],
  ]
  return lists.map(([name, list, ours, stricter]) => ({
    name,
    forgery: { principals: list ?? [] },
    ours,
    ...(stricter === undefined ? {} : { stricter }),
  }))
}

export function options(): CertificateCase[] {
  const critical: [string, ForgedOption[], CertificateCase['ours'], string?][] = [
    ['force-command', [value('force-command', 'id -u')], ACCEPTED],
    ['an empty force-command', [value('force-command', '')], ACCEPTED],
    [
      'force-command twice',
      [value('force-command', 'a'), value('force-command', 'a')],
      'option-repeated',
    ],
    ['force-command without a value', [flag('force-command')], 'option-unreadable'],
    [
      'force-command with a byte behind it',
      [['force-command', new WireWriter().string('id').byte(0).bytes()]],
      'option-unreadable',
    ],
    ['force-command with a NUL', [value('force-command', 'id\0 -u')], 'option-unreadable'],
    ['an unknown critical option', [value('strange@example', 'x')], 'option-unknown'],
    ['an unknown critical flag', [flag('strange@example')], 'option-unknown'],
    ['a critical option without a name', [flag('')], 'option-unknown'],
    ['an extension as a critical option', [flag('permit-pty')], 'option-unknown'],
    ['verify-required of a key that cannot', [flag('verify-required')], ACCEPTED],
    ['verify-required with a value', [value('verify-required', 'x')], 'option-unreadable'],
    [
      'verify-required twice',
      [flag('verify-required'), flag('verify-required')],
      'option-repeated',
      'PROTOCOL.certkeys forbids it',
    ],
    [
      'options out of order',
      [value('source-address', '127.0.0.0/8'), value('force-command', 'id')],
      ACCEPTED,
    ],
  ]
  const extensions: [string, ForgedOption[], CertificateCase['ours'], string?][] = [
    ['no extensions', [], ACCEPTED],
    ['unknown extensions', [value('login@github.com', 'x'), flag('y')], ACCEPTED],
    ['a critical option as an extension', [value('force-command', 'id')], ACCEPTED],
    ['permit-pty with a value', [value('permit-pty', 'x')], 'option-unreadable'],
    ['permit-user-rc with a value', [value('permit-user-rc', 'x')], 'option-unreadable'],
    ['no-touch-required with a value', [value('no-touch-required', 'x')], 'option-unreadable'],
    [
      'permit-pty twice',
      [flag('permit-pty'), flag('permit-pty')],
      'option-repeated',
      'PROTOCOL.certkeys forbids it',
    ],
    ['an unknown extension twice', [flag('y'), flag('y')], ACCEPTED],
    ['a task', [value('task@sallyport', 'deploy')], ACCEPTED],
    [
      'a task without a value',
      [flag('task@sallyport')],
      'option-unreadable',
      'sshd does not know tasks',
    ],
    [
      'two tasks',
      [value('task@sallyport', 'a'), value('task@sallyport', 'b')],
      'option-repeated',
      'sshd does not know tasks',
    ],
  ]
  const cases =
    (field: 'criticalOptions' | 'extensions') =>
    ([name, list, ours, stricter]: (typeof critical)[number]): CertificateCase => ({
      name,
      forgery: { [field]: list },
      ours,
      ...(stricter === undefined ? {} : { stricter }),
    })
  return [...critical.map(cases('criticalOptions')), ...extensions.map(cases('extensions'))]
}

export function addresses(): CertificateCase[] {
  const lists: [string, CertificateCase['from'], CertificateCase['ours'], string?][] = [
    ['127.0.0.1', '127.0.0.1', ACCEPTED],
    ['127.0.0.1', '127.0.0.2', 'source-address'],
    ['127.0.0.2/31', '127.0.0.2', ACCEPTED],
    ['127.0.0.0/8', '127.0.0.2', ACCEPTED],
    ['10.0.0.0/8', '127.0.0.1', 'source-address'],
    ['0.0.0.0/0', '127.0.0.1', ACCEPTED],
    ['10.0.0.0/8,127.0.0.0/8,::1', '127.0.0.1', ACCEPTED],
    ['::1', '127.0.0.1', 'source-address'],
    ['::/0', '127.0.0.1', 'source-address'],
    ['::ffff:127.0.0.1', '127.0.0.1', 'source-address'],
    ['::1', '::1', ACCEPTED],
    ['0:0:0:0:0:0:0:1/128', '::1', ACCEPTED],
    ['2001:db8::/32', '::1', 'source-address'],
    ['127.0.0.0/8', '::1', 'source-address'],
    ['', '127.0.0.1', 'option-unreadable'],
    ['127.0.0.1,', '127.0.0.1', 'option-unreadable'],
    ['127.0.0.1, 10.0.0.1', '127.0.0.1', 'option-unreadable'],
    ['127.0.0.1/8', '127.0.0.1', 'option-unreadable'],
    ['127.0.0.0/33', '127.0.0.1', 'option-unreadable'],
    ['127.0.0.0/', '127.0.0.1', 'option-unreadable'],
    ['!10.0.0.1', '127.0.0.1', 'option-unreadable'],
    ['*', '127.0.0.1', 'option-unreadable'],
    ['localhost', '127.0.0.1', 'option-unreadable'],
    [
      '127.1',
      '127.0.0.1',
      'option-unreadable',
      'abbreviated and octal IPv4 mean different things to different readers',
    ],
  ]
  const cases = lists.map(
    ([list, from, ours, stricter]): CertificateCase => ({
      name: `source-address "${list}" from ${from}`,
      forgery: { criticalOptions: [value('source-address', list)] },
      ...(from === undefined ? {} : { from }),
      ours,
      ...(stricter === undefined ? {} : { stricter }),
    }),
  )
  const twice = [value('source-address', '127.0.0.1'), value('source-address', '127.0.0.0/8')]
  return [
    ...cases,
    { name: 'source-address twice', forgery: { criticalOptions: twice }, ours: 'option-repeated' },
  ]
}

export function revocations(): CertificateCase[] {
  const otherCa = softwareKey('ecdsa-sha2-nistp256', 'ca')
  return [
    { name: 'a revoked serial', forgery: { serial: 1313n }, ours: 'revoked' },
    { name: 'a serial in a revoked range', forgery: { serial: 2999n }, ours: 'revoked' },
    { name: 'the serial after a revoked range', forgery: { serial: 3000n }, ours: ACCEPTED },
    {
      name: 'a revoked serial of another CA',
      forgery: { serial: 1313n, ca: otherCa },
      ours: ACCEPTED,
    },
    { name: 'serial 0', forgery: { serial: 0n }, ours: ACCEPTED },
    { name: 'the largest serial', forgery: { serial: 2n ** 64n - 1n }, ours: ACCEPTED },
    { name: 'a revoked key id', forgery: { keyId: 'taken back' }, ours: 'revoked' },
    {
      name: 'a revoked key id and serial 0',
      forgery: { keyId: 'taken back', serial: 0n },
      ours: 'revoked',
    },
    {
      name: 'a revoked key id of another CA',
      forgery: { keyId: 'taken back', ca: otherCa },
      ours: ACCEPTED,
    },
    { name: 'a revoked key', key: revokedKey, ours: 'revoked' },
    { name: 'a revoked CA', forgery: { ca: revokedCa }, ours: 'revoked' },
  ]
}
