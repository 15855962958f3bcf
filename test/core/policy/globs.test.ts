import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  coversPath,
  coversWord,
  meetsBeneath,
  meetsPath,
} from '../../../server/core/policy/globs.ts'

describe('coversPath', () => {
  for (const [pattern, subject, expected] of [
    ['/var/log/**', '/var/log/nginx/error.log', true],
    ['/var/log/**', '/var/log', true],
    ['/var/log/**', '/var/logs', false],
    ['/var/log/*', '/var/log/nginx/error.log', false],
    ['/var/log/*.log', '/var/log/.log', true],
    ['**/id_*', '/home/a/.ssh/id_rsa', true],
    ['**/id_*', '/id_', true],
    ['**/.env', '/srv/app/.env.local', false],
    ['/srv/**/.env', '/srv/.env', true],
    ['/srv/**/a/**/b', '/srv/x/a/y/z/b', true],
    ['/etc/sh?dow', '/etc/shadow', true],
    ['/etc/sh?dow', '/etc/shdow', false],
    // A subject with wildcards is covered only when all it may become is.
    ['/var/log/**', '/var/log/*.log', true],
    ['/var/log/*.log', '/var/log/a*.log', true],
    ['/var/log/a*', '/var/log/*', false],
    ['/var/log/?', '/var/log/*', false],
    ['/var/log/**', '/var/log/**', true],
    ['/var/log/*', '/var/log/**', false],
  ] as const) {
    it(`${pattern} ${expected ? 'covers' : 'does not cover'} ${subject}`, () => {
      assert.equal(coversPath(pattern, subject), expected)
    })
  }

  it('takes no more than pattern × text steps, whatever the stars', () => {
    const pattern = `/${'*a'.repeat(200)}b`
    assert.equal(coversPath(pattern, `/${'a'.repeat(20_000)}`), false)
  })
})

describe('meetsPath', () => {
  for (const [pattern, subject, expected] of [
    ['/etc/shadow', '/etc/sh*', true],
    ['/etc/shadow', '/etc/*w', true],
    ['/etc/shadow', '/etc/ho*', false],
    ['/e*/s?adow', '/*c/*', true],
    ['/etc/shadow*', '/etc/?hadow-', true],
    ['**/*.pem', '/srv/*', true],
    ['**/*.pem', '/srv/*.log', false],
  ] as const) {
    it(`${pattern} ${expected ? 'meets' : 'does not meet'} ${subject}`, () => {
      assert.equal(meetsPath(pattern, subject), expected)
    })
  }

  it('meets every path that both sides take', () => {
    const segment = fc.stringMatching(/^[ab*?]{1,5}$/).filter(text => !text.includes('**'))
    const word = fc.stringMatching(/^[ab]{1,5}$/)
    fc.assert(
      fc.property(segment, segment, word, (pattern, subject, text) => {
        fc.pre(coversWord(pattern, text) && coversWord(subject, text))
        assert.ok(meetsPath(`/${pattern}`, `/${subject}`))
      }),
    )
  })
})

describe('meetsBeneath', () => {
  for (const [pattern, directory, expected] of [
    ['/etc/shadow', '/etc', true],
    ['/etc/shadow', '/', true],
    ['/etc/shadow', '/etc/shadow', false],
    ['/etc/shadow', '/var', false],
    ['/etc/**', '/etc/ssh', true],
    ['**/.env', '/srv', true],
    ['/srv/*/.env', '/srv/app', true],
    ['/srv/*/.env', '/srv/app/sub', false],
  ] as const) {
    it(`${pattern} ${expected ? 'has' : 'has no'} paths beneath ${directory}`, () => {
      assert.equal(meetsBeneath(pattern, directory), expected)
    })
  }
})
