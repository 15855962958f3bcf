import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Target } from '../../server/core/access.ts'
import type { Exit } from '../../server/core/audit/events.ts'
import { collect } from '../support/bastion.ts'

const root = resolve(import.meta.dirname, '../..')
const isRoot = process.getuid?.() === 0

interface Tried {
  readonly isolation: string | null
  readonly failures: readonly string[]
  readonly target: Target
  readonly results: readonly { line: string; stdout: string; stderr: string; exit: Exit | null }[]
}

/** Ways out that must lead nowhere. In each, $F is the folder with keys and state in it. */
const ATTACKS = [
  'cat "$F/keys/canary" "$F/keys/user_ca" "$F/var/state" "$F/sallyport.yaml"',
  'ls -R "$F/keys" "$F/var" && grep -r SECRET "$F"',
  'for p in /proc/[0-9]*; do cat "$p/root$F/keys/canary" "$p/cwd/keys/canary"; done',
  'unshare -Urm sh -c \'for m in $(cut -d" " -f2 /proc/mounts | sort -r); do umount -l "$m"; done; cat "$F/keys/canary" "$F/var/state"\'',
  'unshare -Ur cat "$F/keys/canary"',
  'sudo -n cat "$F/keys/canary"; su -c "cat $F/keys/canary"; pkexec cat "$F/keys/canary"',
  'mount -t proc proc /proc; nsenter -t 1 -a cat "$F/keys/canary"; nsenter -t $PPID -a cat "$F/keys/canary"',
  'cat /proc/*/environ | tr "\\0" "\\n" | grep -a DATABASE_URL',
  `cat /proc/${process.pid}/environ && echo SECRET`,
]

const OWN_NAMESPACES = ['--user', '--map-root-user', '--mount', '--pid', '--fork']

describe('the demonstration target', function () {
  this.timeout(60_000)
  const folders: string[] = []
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  /** With a space, because one day somebody's checkout has one. */
  function newFolder(parent = tmpdir()): string {
    const folder = mkdtempSync(join(parent, 'sallyport demo-'))
    folders.push(folder)
    return folder
  }

  /** `as` stands before the command, to run it as somebody else. */
  async function tryDemo(
    lines: readonly string[],
    as: string[] = [],
    path?: string,
  ): Promise<Tried> {
    const folder = newFolder()
    const withFolder = lines.map(line => {
      const [, tty = '', rest = ''] = /^(TTY |AGAIN )?([\s\S]*)$/.exec(line) ?? []
      return `${tty}export F='${folder}'; ${rest}`
    })
    const [program = '', ...parameters] = [
      ...as,
      process.execPath,
      '--import',
      'tsx',
      join(root, 'test/demo/try-demo.ts'),
      folder,
      ...withFolder,
    ]
    const child = spawn(program, parameters, {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: 'SECRET',
        ...(path === undefined ? {} : { PATH: path }),
      },
    })
    const { status, stdout, stderr } = await collect(child)
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout) as Tried
  }

  function assertShut({ isolation, target, results }: Tried): void {
    assert.notEqual(isolation, null)
    assert.equal(target.restricted, false)
    for (const { line, stdout, stderr } of results) {
      assert.doesNotMatch(stdout + stderr, /SECRET|PRIVATE KEY/, line)
    }
  }

  /** What confining takes, but for some of it: as if that had never been installed. */
  function pathWithout(...missing: string[]): string {
    const folder = newFolder()
    for (const name of ['bwrap', 'unshare', 'setpriv', 'sh', 'mount', 'umount', 'mkdir']) {
      if (!missing.includes(name)) symlinkSync(whereIs(name), join(folder, name))
    }
    return folder
  }

  describe(isRoot ? 'started by root' : 'started by an ordinary user', () => {
    let tried: Tried
    before(async () => {
      tried = await tryDemo([
        'id -u; whoami; pwd; ls -A',
        'TTY tty; stty size; stty -a | grep -oE -e "-echo |susp = <undef>"; exit 3',
        'kill -TERM $$',
        'head -c 3000000 /dev/zero | wc -c; echo err >&2',
        'cat /proc/self/limits | grep -E "processes|core"; ulimit -c',
        "touch '/etc/x' 2>/dev/null && echo SECRET; touch ~/mine && ls ~",
        `touch '${root}/server/x' 2>/dev/null && echo SECRET; ls '${root}/server' | head -n 2`,
        'setsid sleep 98761 >/dev/null 2>&1 & echo started',
        ...ATTACKS,
        'kill -9 $PPID; sleep 5',
        'AGAIN echo back; id -u',
      ])
    })

    it('keeps keys, state and configuration out of sight, and its own user apart', () => {
      assertShut(tried)
      const [uid, name, , ...rest] = tried.results[0]?.stdout.trim().split('\n') ?? []
      assert.notEqual(uid, '0')
      assert.notEqual(uid, String(process.getuid?.()))
      assert.equal(name, 'demo')
      assert.deepEqual(rest, [])
    })

    it('is a real shell: terminals, sizes, statuses, signals, both outputs', () => {
      const [, terminal, killed, outputs] = tried.results
      assert.match(
        terminal?.stdout ?? '',
        /^\/dev\/pts\/\d+\r\n33 91\r\nsusp = <undef>\r\n-echo \r\n$/,
      )
      assert.deepEqual(terminal?.exit, { status: 3 })
      assert.deepEqual(killed?.exit, { signal: 'TERM', coreDumped: false, message: '' })
      assert.equal(outputs?.stdout, '3000000\n')
      assert.equal(outputs?.stderr, 'err\n')
    })

    it('is started again in the same confinement when a program has ended it', () => {
      const [killed, again] = tried.results.slice(-2)
      assert.equal(killed?.exit, null)
      assert.equal(again?.stdout, `back\n${tried.results[0]?.stdout.split('\n')[0]}\n`)
    })

    it('leaves nothing running behind', () => {
      const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      assert.doesNotMatch(stdout, /sleep 98761/)
    })
  })

  if (isRoot) {
    it('is another user where the kernel makes no namespaces', async () => {
      const tried = await tryDemo(
        ['setsid sleep 98762 >/dev/null 2>&1 & id -u', ...ATTACKS],
        [],
        pathWithout('unshare'),
      )
      assert.equal(tried.isolation, 'user')
      assertShut(tried)
      const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      assert.doesNotMatch(stdout, /sleep 98762/)
    })
  }

  // In a user namespace of its own root is an ordinary user who still owns the checkout, wherever it lies.
  const asUser = isRoot
    ? [whereIs('unshare'), '--user', '--map-user=1000', '--map-group=1000', '--']
    : []

  // Inside a container whose /proc is partly covered, the kernel lets nobody but root mount another.
  const mayMountProc =
    spawnSync(whereIs('unshare'), [...OWN_NAMESPACES, '--mount-proc', 'true']).status === 0

  for (const [what, missing, name] of [
    ['by bubblewrap', [], 'bubblewrap'],
    ['by a user namespace where there is no bubblewrap', ['bwrap'], 'user namespace'],
  ] as const) {
    it(`is confined ${what} for an ordinary user, where the kernel lets one`, async () => {
      const tried = await tryDemo(['id -u', ...ATTACKS], asUser, pathWithout(...missing))
      if (!mayMountProc) {
        assert.equal(tried.isolation, null)
        assert.equal(tried.target.restricted, true)
        assert.match(tried.failures.join('\n'), /not permitted/)
        return
      }
      assert.equal(tried.isolation, name, tried.failures.join('\n'))
      assertShut(tried)
      assert.notEqual(tried.results[0]?.stdout, '1000\n')
    })
  }

  it('says that it is not isolated, and takes only the policy investigator, where nothing holds', async () => {
    const { isolation, failures, target, results } = await tryDemo(
      ATTACKS,
      asUser,
      pathWithout('bwrap', 'unshare'),
    )
    assert.equal(isolation, null)
    assert.equal(failures.length, 2)
    assert.equal(target.restricted, true)
    // The control: what is harmless in a confinement is not so without one.
    assert.match(results[0]?.stdout ?? '', /SECRET[\s\S]*PRIVATE KEY/)
  })
})

function whereIs(program: string): string {
  const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map(folder => join(folder, program))
  const found = places.find(path => existsSync(path))
  if (found === undefined) throw new Error(`${program} is missing: run test/setup.ts`)
  return found
}
