/**
 * The front and the road to the target with nothing between: no judge, no evidence, no recording. Run
 * as a process of its own by bench/relay.ts, so that its CPU can be counted.
 */
import type { Target } from '../../server/core/access.ts'
import { makeKeyring, sshArguments } from '../support/ssh-client.ts'
import { relayTo, startBastion } from '../ssh/bastion.ts'

const { target, key } = JSON.parse(process.argv[2] ?? '') as { target: Target; key: string }
const keyring = makeKeyring()
const relay = relayTo(target, key)
const bastion = await startBastion(keyring, relay.serve)
const to = bastion.destination(keyring.certify())
process.stdout.write(`${JSON.stringify([...sshArguments(to, keyring.directory), to.host])}\n`)
process.on('SIGTERM', () => {
  keyring.remove()
  process.exit(0)
})
