import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  authorityForAll,
  authorityLine,
  knownHostsLine,
} from '../../../server/core/ssh-wire/known-hosts.ts'

describe('a line of known_hosts', () => {
  let folder = ''
  let key = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'known hosts '))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')])
    key = readFileSync(join(folder, 'key.pub'), 'utf8').trim()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** What ssh itself finds under this name. */
  const find = (line: string, name: string): string => {
    writeFileSync(join(folder, 'known'), `${line}\n`)
    const options = ['-F', name, '-f', join(folder, 'known')]
    return spawnSync('ssh-keygen', options, { encoding: 'utf8' }).stdout
  }
  const places = [
    { host: 'bastion.example.com', port: 22 },
    { host: '192.0.2.7', port: 2222 },
    { host: '2001:db8::7', port: 2222 },
  ]
  const names = ['bastion.example.com', '[192.0.2.7]:2222', '[2001:db8::7]:2222']

  for (const name of names) {
    it(`is found by ssh as ${name}, by key and by CA`, () => {
      assert.match(find(knownHostsLine(places, key), name), /found: line 1\s/)
      assert.match(find(authorityLine(places, key), name), /found: line 1 CA\s/)
    })
  }

  it('is not found by another port or name', () => {
    for (const name of ['192.0.2.7', '[bastion.example.com]:2222', 'example.com']) {
      assert.equal(find(authorityLine(places, key), name), '', name)
    }
  })

  it('names each place once', () => {
    const [first] = places
    assert.ok(first)
    assert.equal(knownHostsLine([first, first], 'KEY'), 'bastion.example.com KEY')
  })

  it('is for every host where it says so', () => {
    for (const name of ['web-1', '[10.0.0.1]:2222']) {
      assert.match(find(authorityForAll(key), name), /found: line 1 CA\s/)
    }
  })
})
