/**
 * A place to run command lines and see what they do: an unprivileged user, no network where the system
 * allows that, a PATH of stubs, and strace on what is executed and opened for writing. Many lines run in
 * one strace, one after the other, each in a shell of its own.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeStub } from './stub.ts'
import type { Deeds } from './trace.ts'
import { MARK, readTrace } from './trace.ts'

/** Which shell runs the lines: `session` is bash as an interactive one is set up, `posix` is bash as sh. */
export type SandboxShell = 'bash' | 'dash' | 'busybox' | 'session' | 'posix'

export interface Sandbox {
  /** Where programs are found; nothing but stubs and the wrappers that are to be seen at work. */
  readonly stubs: string
  /** Runs every line and says what each did; null for one that hung or took the sandbox down with it. */
  readonly run: (lines: readonly string[]) => Promise<readonly (Deeds | null)[]>
  readonly remove: () => void
}

/** Programs that do nothing, under the names that lines use. */
export const STUB_NAMES =
  'pwned evil ls id rm mv cp ln grep egrep head tail wc cut tr uniq date whoami hostname uname ps df du mkdir ' +
  'rmdir touch chmod chown stat file diff tee sleep systemctl journalctl git make curl wget ssh scp rsync tar gzip zip ' +
  'unzip docker kubectl python3 perl ruby node awk sudo doas su less more man vi vim nano apt-get npm pip mysql psql ' +
  'service mount umount dd mkfs crontab at watch parallel flock script strace gdb nc dig ping ip ss netstat basename dirname ' +
  'seq md5sum sha256sum base64 xxd od nl rev tac paste join comm column fold lsof top free uptime vmstat useradd passwd ' +
  'cmd1 cmd2 cmd3 prog tool deploy app a b c x y z e f g'

/** Real programs: the wrappers whose option grammar is under test, and what makes pipelines flow. */
const REAL =
  'bash sh dash env timeout nice nohup setsid stdbuf xargs find ionice chrt taskset setpriv prlimit choom setarch linux32 linux64 ' +
  'sed sort split cat true false zsh'

/** Time without progress after which a line counts as hung. */
const STALL_MS = 4000
/** Lines in one strace: enough to pay for its start, few enough to lose little to one that hangs. */
const BATCH = 400

/** With `names`, those are stubs too, and every other program but the shells is one. */
export function openSandbox(shell: SandboxShell, names: readonly string[] = []): Sandbox {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-lines-'))
  const stubs = join(root, 'stubs')
  mkdirSync(stubs)
  const stub = join(root, 'stub')
  makeStub(stub)
  const real = names.length > 0 ? ['bash', 'sh', 'dash'] : REAL.split(' ')
  const stubbed = new Set([...STUB_NAMES.split(' '), ...REAL.split(' '), ...names])
  for (const name of stubbed) if (!real.includes(name)) symlinkSync(stub, join(stubs, name))
  for (const name of real) linkReal(name, stubs)
  chmodSync(root, 0o755)
  const driver = join(root, 'driver')
  writeFileSync(driver, driverScript(shell))
  return {
    stubs,
    run: lines => runAll(lines, root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** True where lines can be traced at all; the set-up of the test run installs strace where it may. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-V']).status === 0
}

async function runAll(lines: readonly string[], root: string): Promise<readonly (Deeds | null)[]> {
  const results: (Deeds | null)[] = []
  while (results.length < lines.length) {
    const batch = lines.slice(results.length, results.length + BATCH)
    const done = await runBatch(batch, root)
    results.push(...done)
    // What did not get its turn runs again without the one that hung.
    if (done.length < batch.length) results.push(null)
  }
  return results
}

/** Runs lines until one hangs; as many results as lines were finished. */
async function runBatch(lines: readonly string[], root: string): Promise<readonly Deeds[]> {
  const work = mkdtempSync(join(root, 'work-'))
  chmodSync(work, 0o777)
  const input = join(root, 'lines')
  const trace = join(work, 'trace')
  for (const index of lines.keys()) {
    mkdirSync(join(work, String(index)))
    chmodSync(join(work, String(index)), 0o777)
  }
  writeFileSync(input, lines.map(line => `${line}\0`).join(''))
  const { command, args } = confined(root, work, trace)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let started = -1
  let isFinished = false
  let faults = ''
  let timer = setTimeout(end, STALL_MS * 3)
  child.stderr.on('data', (bytes: Buffer) => {
    faults = (faults + bytes.toString()).slice(-2000)
  })
  child.stdout.on('data', (bytes: Buffer) => {
    for (const word of bytes.toString().split('\n').filter(Boolean)) {
      if (word === 'end') isFinished = true
      else started = Number(word)
    }
    clearTimeout(timer)
    timer = setTimeout(end, STALL_MS)
  })
  await new Promise<void>((resolve, reject) => {
    child.on('close', () => resolve())
    child.on('error', reject)
  })
  clearTimeout(timer)
  if (!isFinished && started === -1) throw new Error(`the sandbox did not start: ${faults}`)
  const deeds = readTrace(readFileSync(trace, 'latin1'))
  rmSync(work, { recursive: true, force: true })
  const finished = isFinished ? lines.length : started
  return lines
    .slice(0, finished)
    .map((_, index) => deeds.get(index) ?? { executions: [], writes: [] })

  function end(): void {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended in between.
    }
  }
}

/**
 * A shell with nobody's rights and, where that works, with no network and no processes but its own; strace
 * stands inside, where the numbers of processes are the ones their parents see.
 */
function confined(root: string, work: string, trace: string): { command: string; args: string[] } {
  const traced = [
    'strace',
    '-f',
    '-qq',
    '--seccomp-bpf',
    '-s',
    '20000',
    '-e',
    'trace=execve,execveat,open,openat,openat2,creat,clone,clone3,fork,vfork,chdir,fchdir',
    '-e',
    'signal=none',
    '-o',
    trace,
    'bash',
    '--norc',
    '--noprofile',
    join(root, 'driver'),
    work,
    join(root, 'lines'),
    join(root, 'stubs'),
  ]
  const [command = '', ...args] = [...apart(root), ...asNobody(), ...traced]
  return { command, args }
}

const APART = [
  '--unshare-net',
  '--unshare-pid',
  '--unshare-ipc',
  '--die-with-parent',
  '--ro-bind',
  '/',
  '/',
  '--dev',
  '/dev',
  '--proc',
  '/proc',
  '--tmpfs',
  '/tmp',
]

function apart(root: string): readonly string[] {
  if (!hasBubblewrap()) return []
  // bubblewrap would make them for itself alone.
  const above = foldersAbove(root).flatMap(folder => ['--perms', '0755', '--dir', folder])
  return ['bwrap', ...APART, ...above, '--bind', root, root]
}

/** Those below /tmp, which is an empty one inside, from the top. */
function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path)
  return folder.startsWith('/tmp/') ? [...foldersAbove(folder), folder] : []
}

function asNobody(): readonly string[] {
  if (process.getuid?.() !== 0) return []
  return ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
}

let bubblewrap: boolean | null = null

function hasBubblewrap(): boolean {
  bubblewrap ??= spawnSync('bwrap', [...APART, 'true']).status === 0
  return bubblewrap
}

const STARTED: Readonly<Record<SandboxShell, string>> = {
  bash: 'bash --norc --noprofile -c',
  dash: 'dash -c',
  busybox: 'busybox ash -c',
  session: 'bash --norc --noprofile -O expand_aliases -c',
  posix: 'bash --posix --norc --noprofile -c',
}

/**
 * Reads lines that end in NUL and runs each in a shell of its own. The attempt to open the mark shows in
 * the trace where a line begins; limits end what loops or grows.
 */
function driverScript(shell: SandboxShell): string {
  const started = STARTED[shell]
  return `
work=$1 stubs=$3
exec 9>&1 7<"$2"
cd "$work" || exit
ulimit -t 2 -f 2048 -v 1000000 -c 0
runner=$(command -v ${started.split(' ')[0]})
n=0
while IFS= read -r -d '' line <&7; do
  printf '%s\\n' "$n" >&9
  : 2>/dev/null < "${MARK}$n"
  (
    cd "$n" || exit
    PATH=$stubs HOME=$work LC_CTYPE=C.UTF-8
    export PATH HOME LC_CTYPE
    unset LANG LC_ALL
    unset SHLVL OLDPWD
    exec 7<&- 9>&-
    exec "$runner" ${started.split(' ').slice(1).join(' ')} "$line"
  ) </dev/null >/dev/null 2>&1
  n=$((n + 1))
done
echo end >&9
`
}

function linkReal(name: string, stubs: string): void {
  for (const directory of ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    const path = join(directory, name)
    if (spawnSync('test', ['-x', path]).status === 0) {
      symlinkSync(path, join(stubs, name))
      return
    }
  }
}
