import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatBlobLine, parseBlobLine } from '../../server/core/ssh-wire/key-line.ts'
import { byte, string, uint32 } from '../../server/ssh/connection/wire.ts'
import type { CertifiedLogin } from '../../server/ssh/repairs/user-certificates.ts'
import { type Keyring, makeKeyring } from '../support/ssh-client.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { rogueClient } from './rogue-client.ts'

const TYPE = 'sk-ssh-ed25519@openssh.com'
const CERTIFICATE_TYPE = 'sk-ssh-ed25519-cert-v01@openssh.com'
const APPLICATION = 'ssh:'
const TOUCHED = 0x01
const VERIFIED = 0x04

/** No security key is plugged in here; what one does is written in OpenSSH PROTOCOL.u2f. */
describe('a certificate for a security key', () => {
  let keyring: Keyring
  let bastion: Bastion
  let made = 0

  before(async () => {
    keyring = makeKeyring()
    bastion = await startBastion(keyring, ({ client }) => client.finish({ status: 0 }))
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  const securityKey = (flags: number, options: readonly string[] = []): CertifiedLogin => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
    const blob = Buffer.concat([string(TYPE), string(point), string(APPLICATION)])
    made += 1
    const file = join(keyring.directory, `sk-${made}`)
    writeFileSync(`${file}.pub`, `${formatBlobLine(TYPE, blob, '')}\n`)
    const terms = ['-q', '-I', 'sk', '-n', 'alice', '-V', '-1m:+10m']
    const more = options.flatMap(option => ['-O', option])
    const ca = join(keyring.directory, 'user_ca')
    execFileSync('ssh-keygen', [...terms, ...more, '-s', ca, `${file}.pub`])
    const line = parseBlobLine(readFileSync(`${file}-cert.pub`, 'utf8'))
    if (!line.ok) throw new Error(line.fault)
    return {
      algorithm: CERTIFICATE_TYPE,
      certificate: line.value.blob,
      sign(bytes) {
        const state = [byte(flags), uint32(made)]
        const signed = Buffer.concat([sha256(Buffer.from(APPLICATION)), ...state, sha256(bytes)])
        return Buffer.concat([string(TYPE), string(sign(null, signed, privateKey)), ...state])
      },
    }
  }

  const login = async (key: CertifiedLogin): Promise<boolean> => {
    try {
      const client = await rogueClient(bastion.destination(keyring.plainKey()), key)
      client.end()
      return true
    } catch {
      return false // refused: what these tests are about
    }
  }

  it('lets in who touched it', async () => {
    assert.equal(await login(securityKey(TOUCHED)), true)
  })

  it('lets nobody in who did not', async () => {
    assert.equal(await login(securityKey(0)), false)
    await until(() => bastion.journal.length === 1)
    assert.match(JSON.stringify(bastion.journal), /touch-missing/)
  })

  it('lets in without a touch where the certificate says so', async () => {
    assert.equal(await login(securityKey(0, ['no-touch-required'])), true)
  })

  it('lets in only who was verified where the certificate asks for it', async () => {
    assert.equal(await login(securityKey(TOUCHED, ['verify-required'])), false)
    assert.equal(await login(securityKey(TOUCHED | VERIFIED, ['verify-required'])), true)
  })
})

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10))
}
