import assert from 'node:assert/strict'
import type { Word } from '../../../server/core/command/reading.ts'
import { isWithin, mayTouch, pathOf, type Whereabouts } from '../../../server/core/policy/paths.ts'

const HERE: Whereabouts = {
  workingDirectory: '/srv/app',
  homeDirectory: '/home/deploy',
  login: 'deploy',
}
const NOWHERE: Whereabouts = { workingDirectory: null, homeDirectory: null, login: 'deploy' }
const AT_HOME: Whereabouts = { workingDirectory: '~', homeDirectory: null, login: 'deploy' }

const literal = (text: string): Word => ({ is: 'literal', text })
const dynamic = (source: string, home?: string): Word => ({
  is: 'dynamic',
  source,
  prefix: '',
  several: true,
  ...(home === undefined ? {} : { home }),
})

function shown(word: Word, where: Whereabouts): string {
  const path = pathOf(word, where)
  return path.is === 'unknown' ? `unknown: ${path.because}` : `${path.is} ${path.text}`
}

describe('pathOf', () => {
  for (const [word, where, expected] of [
    [literal('/etc/../etc//shadow'), HERE, 'path /etc/shadow'],
    [literal('/../../x'), HERE, 'path /x'],
    [literal('log/./a'), HERE, 'path /srv/app/log/a'],
    [literal('../../etc/shadow'), HERE, 'path /etc/shadow'],
    [literal('.'), HERE, 'path /srv/app'],
    [literal('a'), NOWHERE, 'unknown: relative'],
    [literal('a'), AT_HOME, 'path ~/a'],
    [literal('../a'), AT_HOME, 'unknown: relative'],
    [literal('x/../a'), AT_HOME, 'path ~/a'],
    // A quoted tilde is a name like any other.
    [literal('~/x'), HERE, 'path /srv/app/~/x'],
    [dynamic('~/x', 'x'), HERE, 'path /home/deploy/x'],
    [dynamic('~/x', 'x'), NOWHERE, 'path ~/x'],
    [dynamic('~root/x'), HERE, 'unknown: dynamic'],
    [dynamic('/var/log/*.log'), HERE, 'glob /var/log/*.log'],
    [dynamic('./*'), HERE, 'glob /srv/app/*'],
    // What stands first may become an option, `.*` may become `..`, `**` may be more than one directory.
    [dynamic('*'), HERE, 'unknown: dynamic'],
    [dynamic('/etc/.*'), HERE, 'unknown: dynamic'],
    [dynamic('/etc/**'), HERE, 'unknown: dynamic'],
    [dynamic('/etc/$x*'), HERE, 'unknown: dynamic'],
    [dynamic('/var/*/../../etc/shadow'), HERE, 'path /etc/shadow'],
    // Other names of any file at all.
    [literal('/proc/self/root/etc/shadow'), HERE, 'unknown: alias'],
    [literal('/proc/1/cwd/x'), HERE, 'unknown: alias'],
    [literal('/proc/self/task/7/root/x'), HERE, 'unknown: alias'],
    [literal('/proc/thread-self/fd/3'), HERE, 'unknown: alias'],
    [literal('/dev/fd/3'), HERE, 'unknown: alias'],
    [dynamic('/proc/self/r*t/etc/shadow'), HERE, 'unknown: alias'],
    [literal('/proc/1/status'), HERE, 'path /proc/1/status'],
  ] as const) {
    const name = word.is === 'literal' ? `"${word.text}"` : word.source
    it(`reads ${name} at ${where.workingDirectory} as ${expected}`, () => {
      assert.equal(shown(word, where).replace('glob /etc/shadow', 'path /etc/shadow'), expected)
    })
  }
})

describe('isWithin', () => {
  it('puts a relative glob where the line stands', () => {
    assert.ok(isWithin(pathOf(literal('x'), HERE), '.', HERE) === false)
    assert.ok(isWithin(pathOf(literal('.'), HERE), '.', HERE))
    assert.ok(isWithin(pathOf(literal('x/y'), HERE), './**', HERE))
  })

  it('never says yes to a path that is not known', () => {
    assert.equal(isWithin(pathOf(dynamic('$x'), HERE), '/**', HERE), false)
  })
})

describe('mayTouch', () => {
  const touches = (
    path: string,
    glob: string,
    where: Whereabouts,
    reachesBelow = false,
  ): boolean => {
    const found = pathOf(literal(path), where)
    return found.is !== 'unknown' && mayTouch(found, glob, reachesBelow, where)
  }

  it('finds a home of unknown place under any directory', () => {
    assert.ok(touches('/data/people/deploy/.ssh/id_rsa', '~/.ssh/**', NOWHERE))
    assert.ok(!touches('/data/people/deploy/notes', '~/.ssh/**', NOWHERE))
  })

  it('takes ~ for the usual homes where a glob is absolute', () => {
    assert.ok(touches('.ssh/id_rsa', '/home/*/.ssh/**', AT_HOME))
    assert.ok(!touches('x', '/etc/**', AT_HOME))
    assert.ok(touches('x', '/root/**', { ...AT_HOME, login: 'root' }))
    assert.ok(!touches('x', '/root/**', AT_HOME))
  })

  it('counts the directory above only for those who walk', () => {
    assert.ok(touches('/etc', '/etc/shadow', HERE, true))
    assert.ok(!touches('/etc', '/etc/shadow', HERE))
  })

  it('reads a star in a literal path as a star', () => {
    assert.ok(!touches('/srv/app/a*', '**/*.pem', HERE))
  })
})
