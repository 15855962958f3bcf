import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  collect,
  type Keyring,
  makeKeyring,
  type Ran,
  type UserKeyType,
} from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Bastion, relayTo, startBastion } from './bastion.ts'

/** Where the distribution keeps the libraries of its own Python. */
const PYTHON = '/usr/bin/python3'

const PARAMIKO = `
import sys, paramiko
host, port, user, key, command = sys.argv[1:]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
kind = {'ed25519': paramiko.Ed25519Key, 'ecdsa': paramiko.ECDSAKey, 'rsa': paramiko.RSAKey}[key.split(':')[0]]
pkey = kind.from_private_key_file(key.split(':')[1])
pkey.load_certificate(key.split(':')[1] + '-cert.pub')
client.connect(host, int(port), user, pkey=pkey, allow_agent=False, look_for_keys=False)
stdin, stdout, stderr = client.exec_command(command)
stdin.write(b'x' * 300000); stdin.channel.shutdown_write()
sys.stdout.buffer.write(stdout.read()); sys.stderr.buffer.write(stderr.read())
sys.exit(stdout.channel.recv_exit_status())
`

const ASYNCSSH = `
import sys, asyncio, warnings
warnings.simplefilter('ignore')
import asyncssh
host, port, user, key, command = sys.argv[1:]
key = key.split(':')[1]
async def main():
    options = dict(username=user, known_hosts=None, client_keys=[(key, key + '-cert.pub')], agent_path=None, config=None)
    async with asyncssh.connect(host, int(port), rekey_bytes=100000, **options) as connection:
        ran = await connection.run(command, input=b'x' * 300000, encoding=None)
        sys.stdout.buffer.write(ran.stdout); sys.stderr.buffer.write(ran.stderr)
        return ran.exit_status
sys.exit(asyncio.run(main()))
`

describe('clients other than OpenSSH', () => {
  let keyring: Keyring
  let sshd: Sshd
  let bastion: Bastion
  let relay: ReturnType<typeof relayTo>

  before(async () => {
    keyring = makeKeyring()
    sshd = await startSshd()
    relay = relayTo(sshd.target(), sshd.key)
    bastion = await startBastion(keyring, relay.serve)
  })
  after(async () => {
    await bastion.close()
    relay.close()
    await sshd.stop()
    keyring.remove()
  })

  const COMMAND = 'wc -c; echo err >&2; head -c 3000000 /dev/zero; exit 7'
  const OUTPUT = digest(Buffer.concat([Buffer.from('300000\n'), Buffer.alloc(3_000_000)]))

  const python = (script: string, type: UserKeyType): Promise<Ran> => {
    const key = keyring.certify({ type, ...(type === 'rsa' ? { bits: 3072 } : {}) })
    // paramiko 2.12 cannot read every ecdsa key that ssh-keygen writes in its own format.
    const pem = ['-q', '-p', '-m', 'PEM', '-P', '', '-N', '', '-f', key]
    if (type === 'ecdsa') execFileSync('ssh-keygen', pem)
    const { host, port } = bastion.front.address
    return collect(
      spawn(PYTHON, [
        '-W',
        'ignore',
        '-c',
        script,
        host,
        String(port),
        'box',
        `${type}:${key}`,
        COMMAND,
      ]),
    )
  }

  const expectAll = (ran: Ran): void => {
    assert.equal(ran.status, 7, ran.stderr)
    assert.equal(digest(ran.stdout), OUTPUT)
    assert.match(ran.stderr, /^err$/m)
  }

  for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
    it(`paramiko runs commands with an ${type} certificate`, async () => {
      expectAll(await python(PARAMIKO, type))
    })

    if (type === 'rsa') continue
    it(`asyncssh runs commands with an ${type} certificate, re-keying on the way`, async () => {
      expectAll(await python(ASYNCSSH, type))
    })
  }

  for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
    it(`plink runs commands with an ${type} certificate`, async () => {
      const keyFile = keyring.certify({ type, ...(type === 'rsa' ? { bits: 3072 } : {}) })
      const ppk = join(keyring.directory, `${type}.ppk`)
      execFileSync('puttygen', [keyFile, '-O', 'private', '-o', ppk])
      const { host, port } = bastion.front.address
      const options = ['-ssh', '-batch', '-noagent', '-i', ppk, '-cert', `${keyFile}-cert.pub`]
      const hostKey = ['-hostkey', fingerprintOf(keyring.hostKeyFile), '-P', String(port)]
      const child = spawn('plink', [...options, ...hostKey, `box@${host}`, COMMAND])
      expectAll(await collect(child, Buffer.alloc(300_000, 'x')))
    })
  }

  it('asyncssh 2.10, which calls its RSA certificates by the SHA-1 name, is refused as by sshd', async () => {
    const ran = await python(ASYNCSSH, 'rsa')
    assert.equal(ran.status, 1)
    assert.match(ran.stderr, /Permission denied/)
  })

  it('dbclient, which knows no certificates, is refused and hangs nowhere', async () => {
    const keyFile = join(keyring.directory, 'dropbear')
    execFileSync('dropbearkey', ['-t', 'ed25519', '-f', keyFile], { stdio: 'ignore' })
    const { host, port } = bastion.front.address
    const options = ['-y', '-y', '-i', keyFile, '-p', String(port)]
    const ran = await collect(spawn('dbclient', [...options, `box@${host}`, 'true']))
    assert.equal(ran.status, 1)
    assert.match(ran.stderr, /No auth methods could be used|Permission denied|auth/i)
  })
})

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function fingerprintOf(privateKeyFile: string): string {
  const shown = execFileSync('ssh-keygen', ['-l', '-f', `${privateKeyFile}.pub`]).toString()
  return shown.split(' ')[1] ?? ''
}
