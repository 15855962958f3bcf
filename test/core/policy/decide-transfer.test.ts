import assert from 'node:assert/strict'
import {
  decideTransfer,
  type TransferAttempt,
} from '../../../server/core/policy/decide-transfer.ts'
import { contextOf, policyOf } from '../../support/policy-lines.ts'

const POLICY = policyOf(`
protect: { read: ["**/.env"], write: [/etc/**] }
rules:
  - { id: up, transfer: { protocol: [sftp, scp], direction: upload, paths: [/srv/releases/**], max-bytes: 1KiB }, verdict: allow }
  - { id: big, transfer: { direction: upload, paths: [/srv/releases/big/**] }, verdict: ask, approvers: [ann] }
  - { id: logs, transfer: { direction: download, paths: [/var/log/**, /srv/**] }, verdict: allow }
  - { id: no-git, transfer: { protocol: git }, verdict: deny, reason: use the mirror }
  - { id: huge, transfer: { max-bytes: 1MB }, verdict: deny }`)

function outcome(
  protocol: TransferAttempt['protocol'],
  direction: TransferAttempt['direction'],
  path: string,
  bytes: number | null = null,
  isTree = false,
): string {
  const attempt = { protocol, direction, path, bytes, isTree }
  const { verdict, rule } = decideTransfer(attempt, contextOf(POLICY))
  return `${verdict} ${rule}`
}

describe('decideTransfer', () => {
  for (const [attempt, expected] of [
    [['sftp', 'upload', '/srv/releases/1/a', 1024], 'allow up'],
    [['sftp', 'upload', '/srv/releases/1/a'], 'allow up'],
    [['sftp', 'upload', '/srv/releases/1/a', 1025], 'deny default'],
    [['rsync', 'upload', '/srv/releases/1/a'], 'deny default'],
    [['scp', 'upload', '/srv/releases/../x'], 'deny default'],
    [['scp', 'upload', '/srv/releases/../../etc/cron.d/x'], 'deny protect'],
    [['sftp', 'upload', '/srv/releases/big/x', 5], 'ask big'],
    [['sftp', 'upload', '/srv/releases/big/x', 2_000_000], 'deny huge'],
    [['sftp', 'download', '/var/log/syslog'], 'allow logs'],
    [['sftp', 'download', '/srv/app/.env'], 'deny protect'],
    // A directory takes along what lies in it.
    [['scp', 'download', '/srv/app', null, true], 'deny protect'],
    [['scp', 'download', '/srv/app', null, false], 'allow logs'],
    [['sftp', 'upload', '/', null, true], 'deny protect'],
    [['git', 'download', '/var/log/x'], 'deny no-git'],
    [['sftp', 'download', '/etc/passwd'], 'deny default'],
    [['sftp', 'download', 'notes'], 'deny default'],
    [['sftp', 'download', '../notes'], 'deny dynamic'],
    [['sftp', 'download', '/proc/self/root/etc/x'], 'deny dynamic'],
  ] as [Parameters<typeof outcome>, string][]) {
    it(`${attempt.join(' ')}: ${expected}`, () => {
      assert.equal(outcome(...attempt), expected)
    })
  }

  it('asks whom the rule names', () => {
    const attempt = {
      protocol: 'scp',
      direction: 'upload',
      path: '/srv/releases/big/x',
      bytes: 1,
      isTree: false,
    } as const
    assert.deepEqual(decideTransfer(attempt, contextOf(POLICY)).approval, {
      approvers: ['ann'],
      expiresMs: 300_000,
    })
  })

  it('says what would be allowed', () => {
    const attempt = {
      protocol: 'sftp',
      direction: 'upload',
      path: '/srv/x',
      bytes: null,
      isTree: false,
    } as const
    const { reasons } = decideTransfer(attempt, contextOf(POLICY))
    assert.match(
      reasons.map(({ text }) => text).join('\n'),
      /rule up does not take it: \/srv\/x is outside of \/srv\/releases/,
    )
  })
})
