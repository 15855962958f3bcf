import assert from 'node:assert/strict'
import fc from 'fast-check'
import { renderPrompt } from '../../../server/core/shell/prompt.ts'

const facts = {
  userName: 'deploy',
  hostName: 'web-1.example.com',
  isRoot: false,
  directory: '/home/deploy/src/app',
  homeDirectory: '/home/deploy',
  commandNumber: 41,
  nowMs: Date.UTC(2026, 6, 3, 15, 4, 5),
}

describe('renderPrompt', () => {
  for (const [ps1, shown] of [
    ['\\u@\\h:\\w\\$ ', 'deploy@web-1:~/src/app$ '],
    ['[\\u@\\H \\W]\\$ ', '[deploy@web-1.example.com app]$ '],
    ['\\[\\e[1;32m\\]\\u\\[\\e[0m\\] ', '\x1b[1;32mdeploy\x1b[0m '],
    ['\\[\\033[01;34m\\]\\w\\[\\033[00m\\]\\$ ', '\x1b[01;34m~/src/app\x1b[00m$ '],
    ['\\! \\# \\\\ \\x ', '42 42 \\ \\x '],
    ['\\t \\T \\A \\@ \\d ', '15:04:05 03:04:05 15:04 03:04 PM Fri Jul 3 '],
    ['\\D{%H:%M} > ', '2026-07-03 15:04:05 > '],
    ['a\\nb> ', 'a\nb> '],
    ['${debian_chroot:+($debian_chroot)}\\u\\$ ', 'deploy$ '],
    ['$(rm -rf /)\\u\\$ ', 'deploy$ '],
    ['$(echo ")" $(id) \')\')x> ', 'x> '],
    ['`rm -rf /`\\u\\$ ', 'deploy$ '],
    ['$((1+(2)))x> ', 'x> '],
    ['$(never closed', 'deploy@web-1:~/src/app$ '],
    ['$PWD $USER ${HOSTNAME} $nobody> ', '/home/deploy/src/app deploy web-1.example.com > '],
    ['$ ', '$ '],
    ['', 'deploy@web-1:~/src/app$ '],
    ['\\[\\e]0;title \\w\\a\\]\\u\\$ ', 'deploy$ '],
    ['\\e[2J\\e[H\\e]52;c;eA==\\a\\eP1$r\\e\\\\x\\e[5n> ', 'x> '],
    ['\\1015\\177\\001> ', 'A5> '],
  ] as const) {
    it(`draws ${JSON.stringify(ps1)} as ${JSON.stringify(shown)}`, () => {
      assert.equal(renderPrompt(ps1, facts), shown)
    })
  }

  it('knows root, home and what is not known', () => {
    const draw = (change: object): string => renderPrompt('\\w\\$', { ...facts, ...change })
    assert.equal(draw({ isRoot: true, directory: '/home/deploy' }), '~#')
    assert.equal(draw({ directory: '/home/deployer' }), '/home/deployer$')
    assert.equal(draw({ directory: null }), '?$')
    assert.equal(draw({ directory: '/', homeDirectory: '/' }), '/$')
    assert.equal(renderPrompt('\\W', { ...facts, directory: '/' }), '/')
  })

  it('draws no backslash of a directory’s name as an escape', () => {
    assert.equal(renderPrompt('$PWD> ', { ...facts, directory: '/a\\u' }), '/a\\u> ')
    assert.equal(renderPrompt('\\w> ', { ...facts, directory: '/a\\u' }), '/a\\u> ')
  })

  it('never lets anything but colours and newlines through, and never draws without end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 5000 }),
        fc.string({ unit: 'binary' }),
        (ps1, directory) => {
          const latin1 = Array.from(new TextEncoder().encode(ps1), byte =>
            String.fromCharCode(byte),
          ).join('')
          const shown = renderPrompt(latin1, { ...facts, directory })
          // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
          assert.doesNotMatch(shown.replace(/\x1b\[[0-9;:]*m/g, ''), /[\0-\x09\x0b-\x1f\x7f-\x9f]/)
          assert.ok(shown.length <= 1024)
        },
      ),
    )
  })
})
