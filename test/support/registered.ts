import type { Bastion } from './bastion.ts'
import type { Sshd } from './sshd.ts'

/** Allows a handful of harmless programs and denies the rest; what the end-to-end tests run under. */
export const TEST_POLICY = `version: 1
name: test
default: deny
rules:
  - id: speak
    program: [echo, printf, "true", "false", sleep, seq, cat, head, wc, test, exit]
    verdict: allow
  - id: keep
    program: tee
    verdict: allow
  - id: never
    program: dd
    verdict: deny
    reason: irreversible
  - id: ask-first
    program: reboot
    verdict: ask
    approvers: [on-call]
    expires: 5m
    reason: a restart needs a human
`

/** Registers an OpenSSH server as a target and grants \`agent\` its login under the test policy. */
export async function register(
  bastion: Bastion,
  sshd: Sshd,
  agent: string,
  task: string,
  target = 'box',
): Promise<string> {
  bastion.write('var/policies/test.yaml', TEST_POLICY)
  const known = await bastion.must('target', 'list', '--json')
  if (!(JSON.parse(known) as { name: string }[]).some(({ name }) => name === target)) {
    const words = `target add ${target} --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
    await bastion.must(...words.split(' '), '--host-key', sshd.hostKey, '--key', sshd.keyFile)
  }
  return grant(bastion, sshd, agent, task, '1h', 'test', target)
}

/** Returns the grant's id. */
export function grant(
  bastion: Bastion,
  sshd: Sshd,
  agent: string,
  task: string,
  lasting = '1h',
  policy = 'test',
  target = 'box',
): Promise<string> {
  const words = `grant create --agent ${agent} --task ${task} --target ${target} --login ${sshd.login}`
  return bastion.must(
    ...words.split(' '),
    '--policy',
    policy,
    '--for',
    lasting,
    '--reason',
    'a test',
  )
}
