/**
 * An interactive session through the bastion, against the same bash over plain ssh and over chained
 * OpenSSH (`ssh bastion ssh target`), interleaved in one run so that a busy machine disturbs all alike.
 *
 *     npm run build && npx tsx test/bench/shell.ts [--rounds 200] [--sessions 1000] [--sources]
 *
 * Prints medians: from Enter to the next prompt for a built-in and for a fork, and what the bastion adds to
 * plain ssh; from a key to its echo, at the prompt (which the bastion echoes itself) and in a program that is granted
 * every key (where the target's terminal does), as ratios over chained OpenSSH. Between them the disk is synced, because a
 * command waits for that once; no bastion that writes down first can be faster. Then opens so many sessions that
 * stay idle and prints what the bastion's process has grown by; 0 leaves this out. A session takes 4 MB of the machine
 * besides (ssh 1.3, the target's sshd 1.7, its five processes 0.8, by proportional set size) and two terminals.
 *
 * `--sources` runs the bastion with tsx instead of what `npm run build` made; `--against DIRECTORY` runs another
 * checkout's, built, beside it. Linux only.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Bastion, FROM_DIST } from '../support/bastion.ts'
import { grant, register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { PROMPT, TerminalClient } from '../support/terminal-client.ts'

/** `cat` is granted every key here, so that it runs where full-screen programs do. */
const POLICY = `version: 1
name: bench
default: deny
rules:
  - id: speak
    program: ["true", /bin/true]
    verdict: allow
  - id: keys
    program: cat
    verdict: allow
    input: raw
    escapes: accepted
`
/** The bench is one agent, and its sessions are more than one agent is usually given. */
const LIMITS =
  'limits:\n  connections: 5000\n  connections-per-agent: 5000\n  logins-per-minute-per-agent: 100000\n'
/** Sessions that are being opened at a time: sshd and the bastion bound how many may log in at once. */
const OPENING_AT_ONCE = 3
/** Keys in a row before the line is cleared: it must not reach the edge of the terminal. */
const KEYS_A_LINE = 40

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    sessions: { type: 'string', default: '1000' },
    sources: { type: 'boolean', default: false },
    against: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const sessions = Number(values.sessions)

/** One way to a shell on the target. */
interface Road {
  readonly name: string
  readonly terminal: TerminalClient
}

const target = await startSshd()
const middle = await startSshd()
const settings = join(target.directory, 'sallyport.yaml')
writeFileSync(settings, LIMITS)
const bastion = new Bastion({ SALLYPORT_CONFIG: settings }, values.sources ? undefined : FROM_DIST)
const other =
  values.against === undefined
    ? null
    : new Bastion({}, [join(values.against, 'dist/server/cli/sallyport.js')])
const clients: TerminalClient[] = []
try {
  const through = await roadThrough(bastion)

  const plain = await open('plain ssh', direct(target))
  const chained = await open('chained OpenSSH', [
    ...direct(middle),
    ['ssh', '-tt', ...direct(target)].join(' '),
  ])
  const supervised = await open('sallyport', through)
  const roads = [plain, chained, supervised]
  if (other !== null) roads.push(await open('the other one', await roadThrough(other)))

  print(`node ${process.version}, ${rounds} rounds`)
  await compare('built-in: Enter to prompt', roads, plain, road => command(road, 'true'))
  await compare('fork: Enter to prompt', roads, plain, road => command(road, '/bin/true'))
  await compare('key echo at the prompt', roads, chained, keyEcho('\x15'))
  for (const { terminal } of roads) terminal.type('\x15cat\r')
  for (const { terminal } of roads) await untilItEchoes(terminal)
  await compare('key echo in a program that has every key', roads, chained, keyEcho('\n'))
  for (const { terminal } of roads) terminal.kill()
  if (sessions > 0) await measureIdle(through)
} finally {
  for (const client of clients) {
    client.kill()
    // Whoever stays behind for a session looks at every process of the machine when it ends.
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await Promise.all([bastion.stop(), other?.stop()])
  await Promise.all([target.stop(), middle.stop()])
}

/** Starts a bastion before the target; gives what ssh needs to get through it. */
async function roadThrough(one: Bastion): Promise<string[]> {
  await one.up()
  await register(one, target, 'somebody', 'T-0')
  one.write('var/policies/bench.yaml', POLICY)
  await grant(one, target, 'bench', 'T-1', '8h', 'bench')
  const key = await one.agent('bench', 'T-1')
  return [...one.sshOptions(key), `${target.login}+box@${one.ready.ssh.host}`]
}

async function open(name: string, parameters: readonly string[]): Promise<Road> {
  const terminal = await TerminalClient.start(parameters)
  clients.push(terminal)
  return { name, terminal }
}

async function compare(
  what: string,
  roads: readonly Road[],
  base: Road,
  measure: (road: Road, round: number) => Promise<number>,
): Promise<void> {
  const samples = new Map<Road, number[]>(roads.map(road => [road, []]))
  const syncs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const road of roads) samples.get(road)?.push(await measure(road, round))
    syncs.push(syncOnce(round))
  }
  const of = (road: Road): number => median(samples.get(road) ?? [])
  print(
    `\n${what} (the disk synced ${median(syncs).toFixed(2)} ms, 95 %: ${share(syncs, 0.95).toFixed(2)} ms)`,
  )
  for (const road of roads) {
    const [ms, added] = [of(road), of(road) - of(base)]
    print(
      `  ${road.name.padEnd(18)} ${ms.toFixed(2).padStart(8)} ms   × ${(of(road) / of(base)).toFixed(2)}   ${added >= 0 ? '+' : ''}${added.toFixed(2)} ms over ${base.name}`,
    )
  }
}

/** Milliseconds for what PostgreSQL does at a commit: writes over a page of a file that is there, and syncs it. */
function syncOnce(round: number): number {
  const file = openSync(join(target.directory, 'sync'), round === 0 ? 'w+' : 'r+')
  try {
    writeSync(file, Buffer.alloc(8192, round), 0, 8192, 0)
    const begunAt = performance.now()
    fdatasyncSync(file)
    return performance.now() - begunAt
  } finally {
    closeSync(file)
  }
}

/** Milliseconds from Enter to the next prompt; the line stands there before. */
async function command({ terminal }: Road, line: string): Promise<number> {
  terminal.shown = ''
  terminal.type(line)
  await terminal.until(new RegExp(`${line}$`))
  terminal.shown = ''
  const begunAt = performance.now()
  terminal.type('\r')
  await terminal.until(new RegExp(`\\n[^\\n]*${PROMPT.source}`))
  return performance.now() - begunAt
}

/** Milliseconds from a key to its echo. `clears` is the key that begins another line. */
function keyEcho(clears: string): (road: Road, round: number) => Promise<number> {
  return async ({ terminal }, round) => {
    const line = Math.floor(round / KEYS_A_LINE)
    // Another letter for each line: an editor need not repaint one that stands there already.
    const key = String.fromCharCode(0x41 + (line % 26))
    if (round % KEYS_A_LINE === 0) {
      terminal.type(clears)
      await echoOf(terminal, key)
    }
    return echoOf(terminal, key)
  }
}

async function echoOf(terminal: TerminalClient, key: string): Promise<number> {
  terminal.shown = ''
  const begunAt = performance.now()
  terminal.type(key)
  await terminal.until(new RegExp(key))
  return performance.now() - begunAt
}

/** `cat` runs when it gives a line back: what is typed before it has begun may be echoed once or twice. */
async function untilItEchoes(terminal: TerminalClient): Promise<void> {
  terminal.type('ready\n')
  await terminal.until(/ready/)
  terminal.type('again\n')
  await terminal.until(/again[^]*again/)
}

async function measureIdle(through: readonly string[]): Promise<void> {
  const before = memoryOf(bastion.pid)
  print(`\nidle sessions: memory of the bastion's process (${before.toFixed(0)} MB before)`)
  const steps = [50, 200, 500, 1000].filter(step => step < sessions)
  const idle: TerminalClient[] = []
  for (const step of [...steps, sessions]) {
    await openIdle(idle, step, through)
    // What opening left behind is collected in a while, or not at all: both belong to the figure.
    await new Promise(resolve => setTimeout(resolve, 10_000))
    const { length } = idle.filter(({ child }) => child.exitCode === null && !child.killed)
    const grown = memoryOf(bastion.pid) - before
    print(
      `  ${length} sessions: + ${grown.toFixed(0)} MB, ${((grown * 1024) / length).toFixed(0)} KB each`,
    )
    if (length < step) return
  }
}

/** Opens sessions until there are so many, or until the machine allows no more; what is open counts. */
async function openIdle(
  idle: TerminalClient[],
  wanted: number,
  through: readonly string[],
): Promise<void> {
  let next = idle.length
  let isOver = false
  await Promise.all(
    Array.from({ length: OPENING_AT_ONCE }, async () => {
      while (next < wanted && !isOver) {
        next += 1
        const at = next
        try {
          idle.push((await open(`idle ${at}`, through)).terminal)
        } catch (error) {
          isOver = true
          print(`  session ${at} did not open: ${String(error).slice(0, 300)}`)
        }
      }
    }),
  )
}

/** Resident memory in MB. */
function memoryOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
}

function direct(sshd: Sshd): string[] {
  const settings = [
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ]
  return ['-F', '/dev/null', '-p', String(sshd.port), '-i', sshd.keyFile]
    .concat(settings.flatMap(setting => ['-o', setting]))
    .concat([`${sshd.login}@${sshd.host}`])
}

function median(numbers: readonly number[]): number {
  return share(numbers, 0.5)
}

/** The number that so many of them are below. */
function share(numbers: readonly number[], part: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * part)] ?? Number.NaN
}

function print(line: string): void {
  console.log(line)
}
