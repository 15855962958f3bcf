import assert from 'node:assert/strict'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'
import { check, outcome } from '../../support/certificate-login.ts'
import { flag, type Forgery, value } from '../../support/forged-certificate.ts'

describe('checkUserCertificate, on critical options and extensions,', () => {
  for (const [what, forgery, expected] of [
    [
      'an unknown critical option',
      { criticalOptions: [flag('strange@example')] },

      'option-unknown',
    ],
    [
      'an extension in the place of a critical option',
      { criticalOptions: [flag('permit-pty')] },

      'option-unknown',
    ],
    ['an option without a name', { criticalOptions: [flag('')] }, 'option-unknown'],
    [
      'an unknown extension',
      { extensions: [value('strange@example', 'x'), flag('login@github.com')] },

      'accepted',
    ],
    [
      'a critical option in the place of an extension',
      { extensions: [value('force-command', 'x')] },

      'accepted',
    ],
    ['no extensions', { extensions: [] }, 'accepted'],
    [
      'permit-pty with a value',
      { extensions: [value('permit-pty', 'x')] },

      'option-unreadable',
    ],
    [
      'permit-user-rc with a value',
      { extensions: [value('permit-user-rc', 'x')] },

      'option-unreadable',
    ],
    [
      'permit-pty twice',
      { extensions: [flag('permit-pty'), flag('permit-pty')] },

      'option-repeated',
    ],
    [
      'verify-required with a value',
      { criticalOptions: [value('verify-required', '')] },

      'option-unreadable',
    ],
    [
      'verify-required twice',
      { criticalOptions: [flag('verify-required'), flag('verify-required')] },

      'option-repeated',
    ],
    [
      'force-command twice',
      { criticalOptions: [value('force-command', 'a'), value('force-command', 'a')] },

      'option-repeated',
    ],
    [
      'source-address twice',
      { criticalOptions: [value('source-address', '192.0.2.7'), value('source-address', '::1')] },

      'option-repeated',
    ],
    [
      'force-command without a value',
      { criticalOptions: [flag('force-command')] },

      'option-unreadable',
    ],
    [
      'force-command with bytes behind its value',
      {
        criticalOptions: [
          ['force-command', new WireWriter().string('ls').byte(0).bytes()] as const,
        ],
      },

      'option-unreadable',
    ],
    [
      'force-command with a NUL',
      { criticalOptions: [value('force-command', 'ls\0; id')] },

      'option-unreadable',
    ],
    ['a task without a value', { extensions: [flag('task@sallyport')] }, 'option-unreadable'],
    ['an empty task', { extensions: [value('task@sallyport', '')] }, 'option-unreadable'],
    [
      'a task with a line end',
      { extensions: [value('task@sallyport', 'a\nb')] },

      'option-unreadable',
    ],
    [
      'a task with a direction mark',
      { extensions: [value('task@sallyport', 'a\u{202e}b')] },

      'option-unreadable',
    ],
    [
      'a task of 257 characters',
      { extensions: [value('task@sallyport', 'x'.repeat(257))] },

      'option-unreadable',
    ],
    [
      'two tasks',
      { extensions: [value('task@sallyport', 'a'), value('task@sallyport', 'b')] },

      'option-repeated',
    ],
    [
      'an address inside source-address',
      { criticalOptions: [value('source-address', '10.0.0.0/8,192.0.2.0/24')] },

      'accepted',
    ],
    [
      'an address outside source-address',
      { criticalOptions: [value('source-address', '10.0.0.0/8')] },

      'source-address',
    ],
    [
      'an empty source-address',
      { criticalOptions: [value('source-address', '')] },

      'option-unreadable',
    ],
  ] satisfies [string, Partial<Forgery>, string][]) {
    it(`${what}: ${expected}`, () => {
      assert.equal(outcome(forgery), expected)
    })
  }

  it('carries force-command over, empty or not, and no terminal without permit-pty', () => {
    for (const command of ['uptime -p', '']) {
      const result = check({ criticalOptions: [value('force-command', command)], extensions: [] })
      assert.ok(result.ok)
      assert.equal(result.value.identity.forceCommand, command)
      assert.equal(result.value.identity.permitPty, false)
    }
  })
})
