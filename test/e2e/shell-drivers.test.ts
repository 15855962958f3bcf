import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bastion, collect, type Outcome } from '../support/bastion.ts'
import { commandsOf, type Reader, readerOf } from '../support/evidence-reader.ts'
import { grant, register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** The distribution's python, which sees the distribution's packages. */
const PYTHON = '/usr/bin/python3'

const POLICY = `version: 1
name: driven
default: deny
rules:
  - id: speak
    program: [echo, printf, id, "true", "false", sleep, seq, wc, stty, uname]
    verdict: allow
  - id: talk
    program: [cat]
    verdict: allow
    input: line
    lines: [".*"]
`

/** Programs that drive terminals for other programs; what works with them works for agents. */
describe('an interactive session that a program drives', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let reader: Reader
  let key: string
  /** \`ssh\` and everything before the command, as one would type it. */
  let ssh: string[]
  /** A folder without a blank in its name: pxssh does not quote what it hands to ssh. */
  let plain: string

  before(async () => {
    sshd = await startSshd()
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, sshd, 'agent-7', 'T-0')
    bastion.write('var/policies/driven.yaml', POLICY)
    await grant(bastion, sshd, 'agent-7', 'T-1', '1h', 'driven')
    key = await bastion.agent('agent-7', 'T-1')
    reader = await readerOf(bastion)
    plain = mkdtempSync(join(tmpdir(), 'sallyport-drivers-'))
    copyFileSync(key, join(plain, 'key'))
    copyFileSync(`${key}-cert.pub`, join(plain, 'key-cert.pub'))
    ssh = ['ssh', ...bastion.sshOptions(key), `${sshd.login}+box@${bastion.ready.ssh.host}`]
  })

  after(async () => {
    await reader?.close()
    await bastion?.stop()
    await sshd?.stop()
    if (plain !== undefined) rmSync(plain, { recursive: true })
  })

  function python(script: string): Promise<Outcome> {
    const { host, port } = bastion.ready.ssh
    copyFileSync(join(bastion.folder, 'known_hosts'), join(plain, 'known_hosts'))
    const settings = {
      ssh,
      host,
      port,
      key,
      user: `${sshd.login}+box`,
      known: join(bastion.folder, 'known_hosts'),
      folder: plain,
    }
    const child = spawn(
      PYTHON,
      ['-c', `import json\nS = json.loads(${JSON.stringify(JSON.stringify(settings))})\n${script}`],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    return collect(child)
  }

  /** What the script printed, when it came to its end. */
  async function output(script: string): Promise<string> {
    const { status, stdout, stderr } = await python(script)
    assert.equal(status, 0, `${stdout}${stderr}`)
    return stdout
  }

  it('pexpect', async () => {
    const said = await output(`
import pexpect, sys
child = pexpect.spawn(S['ssh'][0], ['-tt'] + S['ssh'][1:], encoding='utf-8', timeout=20)
child.expect('[#$] ')
for line in ['echo one', 'false', 'echo status $?', 'rm -rf /nowhere']:
    child.sendline(line)
    child.expect('[#$] (?:\\x1b\\\\[J)?$')
    print(repr(child.before))
child.sendline('cat')
child.sendline('typed to cat')
child.expect('typed to cat\\r\\n.*typed to cat\\r\\n')
child.sendeof()
child.expect('[#$] ')
child.sendline('exit 5')
child.expect(pexpect.EOF)
child.close()
print('exit', child.exitstatus)
`)
    assert.match(said, /echo one.*one/)
    assert.match(said, /status 1/)
    assert.match(said, /sallyport: denied: .*rm/)
    assert.match(said, /exit 5/)
  })

  it('pxssh, which sets a prompt of its own', async () => {
    const said = await output(`
from pexpect import pxssh
s = pxssh.pxssh(encoding='utf-8', timeout=20, options={'UserKnownHostsFile': S['folder'] + '/known_hosts', 'IdentitiesOnly': 'yes', 'IdentityAgent': 'none', 'StrictHostKeyChecking': 'yes'})
s.login(S['host'], S['user'], port=S['port'], ssh_key=S['folder'] + '/key', check_local_ip=False)
for line in ['echo hello', 'printf "a\\\\nb\\\\n"', 'false; echo $?']:
    s.sendline(line)
    assert s.prompt(), s.before
    print(repr(s.before))
s.logout()
`)
    assert.match(said, /echo hello\\r\\n.*hello/)
    assert.match(said, /a\\r\\nb\\r\\n/)
    assert.match(said, /1\\r\\n/)
  })

  for (const [name, end] of [
    ['LF', '\\n'],
    ['CR LF', '\\r\\n'],
  ] as const) {
    it(`paramiko’s invoke_shell, with ${name}`, async () => {
      const said = await output(`
import paramiko, time
key = paramiko.Ed25519Key.from_private_key_file(S['key'])
key.load_certificate(S['key'] + '-cert.pub')
client = paramiko.SSHClient()
client.load_host_keys(S['known'])
client.connect(S['host'], port=S['port'], username=S['user'], pkey=key, allow_agent=False, look_for_keys=False)
channel = client.invoke_shell()
channel.settimeout(20)
seen = ''
def until(text):
    global seen
    while text not in seen:
        got = channel.recv(4096)
        if not got: raise SystemExit('closed: ' + seen)
        seen += got.decode()
until('# ' if S['user'].startswith('root') else '$ ')
channel.send('echo first${end}')
until('first\\r\\n')
channel.send('echo se""cond; echo thi""rd${end}')
until('third\\r\\n')
channel.send('exit 3${end}')
while channel.recv(4096): pass
print('exit', channel.recv_exit_status())
client.close()
`)
      assert.match(said, /exit 3/)
    })
  }

  it('expect', async () => {
    const script = join(bastion.folder, 'drive.exp')
    const words = ['ssh', '-tt', ...ssh.slice(1)].map(word => `{${word}}`).join(' ')
    writeFileSync(
      script,
      `set timeout 20
spawn ${words}
expect -re {[#$] }
send "echo from-expect\\r"
expect "from-expect\\r\\n"
expect "from-expect\\r\\n"
expect -re {[#$] }
send "cat\\r"
send "a line\\r"
expect "a line\\r\\na line\\r\\n"
send "\\004"
expect -re {[#$] }
send "exit 6\\r"
expect eof
exit [lindex [wait] 3]
`,
    )
    const { status, stdout } = await collect(
      spawn('expect', [script], { stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    assert.equal(status, 6, stdout)
  })

  it('tmux send-keys', async () => {
    const socket = `sallyport-test-${process.pid}`
    const tmux = (...words: string[]): string =>
      execFileSync('tmux', ['-L', socket, ...words]).toString()
    const command = ['ssh', '-tt', ...ssh.slice(1)]
      .map(word => `'${word.replaceAll("'", "'\\''")}'`)
      .join(' ')
    tmux('new-session', '-d', '-x', '100', '-y', '30', command)
    try {
      await shows(/[#$] *$/)
      tmux('send-keys', 'echo from tmux', 'Enter')
      await shows(/^from tmux$/m)
      tmux('send-keys', 'echo typed wrong', 'C-w', 'well', 'Home', 'M-f', 'Right', 'very-', 'Enter')
      await shows(/^very-typed well$/m)
      tmux('send-keys', 'Up', 'Up', 'Enter')
      await shows(/^from tmux\n(?:.*\n)+from tmux$/m)
      tmux('resize-window', '-x', '60', '-y', '20')
      tmux('send-keys', 'stty size', 'Enter')
      await shows(/^20 60$/m)
    } finally {
      tmux('kill-server')
    }

    async function shows(pattern: RegExp): Promise<void> {
      while (!pattern.test(tmux('capture-pane', '-p').trimEnd())) await sleep(50)
    }
  })

  it('commands on the standard input of ssh -tt, up to its end', async () => {
    const child = spawn('ssh', ['-tt', ...ssh.slice(1)], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin?.end('echo one\nfalse\necho "two $?"\n')
    const { status, stdout } = await collect(child)
    assert.match(stdout, /\rone\r\n[^]*\rtwo 1\r\n/)
    assert.equal(status, 0)
  })

  it('a command with a terminal, as Ansible’s raw module asks for one', async () => {
    const options = '-C -o ControlMaster=no -o ConnectTimeout=10 -tt'.split(' ')
    const child = spawn('ssh', [...options, ...ssh.slice(1), 'echo raw; printf done'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { status, stdout } = await collect(child)
    assert.equal(stdout, 'raw\r\ndone')
    assert.equal(status, 0)
  })

  it('Ansible’s raw module', async () => {
    const { host, port } = bastion.ready.ssh
    copyFileSync(join(bastion.folder, 'known_hosts'), join(plain, 'known_hosts'))
    const settings = {
      ansible_host: host,
      ansible_port: port,
      ansible_user: `${sshd.login}+box`,
      ansible_ssh_private_key_file: join(plain, 'key'),
      ansible_ssh_common_args: `-F none -o IdentitiesOnly=yes -o UserKnownHostsFile=${join(plain, 'known_hosts')}`,
      ansible_ssh_executable: 'ssh',
    }
    const inventory = join(plain, 'inventory.json')
    writeFileSync(inventory, JSON.stringify({ all: { hosts: { machine: settings } } }))
    const raw = (command: string): Promise<Outcome> =>
      collect(
        spawn('ansible', ['machine', '-i', inventory, '-m', 'raw', '-a', command], {
          env: {
            ...process.env,
            ANSIBLE_HOME: plain,
            ANSIBLE_LOCAL_TEMP: plain,
            LC_ALL: 'C.UTF-8',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      )
    const allowed = await raw('echo by ansible; uname -s')
    assert.match(
      allowed.stdout,
      /machine \| CHANGED \| rc=0 >>\r?\nby ansible\r?\nLinux/,
      allowed.stderr,
    )
    const denied = await raw('rm -rf /nowhere')
    assert.match(
      denied.stdout,
      /machine \| FAILED \| rc=126 >>[^]*sallyport: denied: /,
      denied.stderr,
    )
  })

  it('leaves each command in the evidence, with the session’s own shell behind it', async () => {
    const commands = await commandsOf(reader)
    const lines = commands.flatMap(({ form, line, verdict }) =>
      form === 'interactive' && 'text' in line ? [`${verdict} ${line.text}`] : [],
    )
    for (const wanted of [
      'allow echo one',
      'deny rm -rf /nowhere',
      'allow echo hello',
      "allow PS1='[PEXPECT]\\$ '",
    ]) {
      assert.ok(lines.includes(wanted), `${wanted} in ${lines.join(' | ')}`)
    }
    const typed = commands.find(({ form }) => form === 'input-line')
    assert.deepEqual(typed?.line, { text: 'typed to cat' })
  })
})
