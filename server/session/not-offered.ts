import type { Refusal } from '../core/verdict.ts'

/** What to do instead, for each request that an agent is likely to make and that is not decided yet. */
const INSTEAD: Readonly<Record<string, readonly [request: string, instead: string]>> = {
  shell: [
    'an interactive shell',
    'give the command on the ssh line: ssh login+target@bastion COMMAND',
  ],
  subsystem: ['a subsystem', 'run a command instead: ssh login+target@bastion COMMAND'],
  'direct-tcpip': ['port forwarding (-L, -D, -J, -W)', 'run the command on the target instead'],
  'tcpip-forward': ['remote port forwarding (-R)', 'run the command on the target instead'],
  'direct-streamlocal@openssh.com': [
    'forwarding to a unix socket',
    'run the command on the target instead',
  ],
  'streamlocal-forward@openssh.com': [
    'remote forwarding of a unix socket',
    'run the command on the target instead',
  ],
  'auth-agent-req@openssh.com': [
    'agent forwarding (-A)',
    'the bastion holds the credentials; leave -A out',
  ],
  'x11-req': ['X11 forwarding (-X)', 'leave -X out'],
}

/** The refusal of a request that no part of the gate decides; what is not decided is refused. */
export function notOffered(request: string, detail: Uint8Array): Refusal {
  const [what, instead] = (Object.hasOwn(INSTEAD, request) ? INSTEAD[request] : undefined) ?? [
    `the request ${request}`,
    'commands are: ssh login+target@bastion COMMAND',
  ]
  if (request !== 'subsystem') return { because: 'not-offered', request: what, instead }
  const name = new TextDecoder().decode(detail)
  return name === 'sftp'
    ? { because: 'not-offered', ...SFTP }
    : { because: 'not-offered', request: `the subsystem ${JSON.stringify(name)}`, instead }
}

/** scp and pscp ask for it as well, unless they are told not to. */
const SFTP = {
  request: 'sftp',
  instead: 'copy with rsync, scp -O or pscp -scp, if your policy allows these commands',
}
