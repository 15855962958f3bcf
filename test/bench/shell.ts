/**
 * An interactive session through the bastion, against the same bash over plain ssh and over chained
 * OpenSSH (`ssh bastion ssh target`), interleaved in one run so that a busy machine disturbs all alike.
 *
 *     npm run build && npx tsx test/bench/shell.ts [--rounds 200] [--sessions 1000] [--sources]
 *
 * Prints medians: from Enter to the next prompt for a built-in and for a fork, and what the bastion adds to
 * plain ssh; from a key to its echo, at the prompt (which the bastion echoes itself) and in a program that is granted
 * every key (where the target's terminal does), as ratios over chained OpenSSH. Then opens so many sessions that
 * stay idle and prints what the bastion's process has grown by; 0 leaves this out. A session costs about 25 MB on this
 * machine beside what the bastion needs: the client, the target's sshd, and five processes on the target.
 *
 * `--sources` runs the bastion with tsx instead of what `npm run build` made. Linux only.
 */
import { execFileSync } from 'node:child_process'
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
/** Sessions that are being opened at a time: sshd and the bastion bound how many may log in at once. */
const OPENING_AT_ONCE = 5
/** Keys in a row before the line is cleared: it must not reach the edge of the terminal. */
const KEYS_A_LINE = 40

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    sessions: { type: 'string', default: '1000' },
    sources: { type: 'boolean', default: false },
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
const bastion = values.sources ? new Bastion() : new Bastion({}, FROM_DIST)
const clients: TerminalClient[] = []
try {
  await bastion.up()
  await register(bastion, target, 'somebody', 'T-0')
  bastion.write('var/policies/bench.yaml', POLICY)
  await grant(bastion, target, 'bench', 'T-1', '8h', 'bench')
  const key = await bastion.agent('bench', 'T-1')
  const through = [...bastion.sshOptions(key), `${target.login}+box@${bastion.ready.ssh.host}`]

  const plain = await open('plain ssh', direct(target))
  const chained = await open('chained OpenSSH', [
    ...direct(middle),
    ['ssh', '-tt', ...direct(target)].join(' '),
  ])
  const supervised = await open('sallyport', through)
  const roads = [plain, chained, supervised]

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
  for (const client of clients) client.kill()
  await bastion.stop()
  await Promise.all([target.stop(), middle.stop()])
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
  for (let round = 0; round < rounds; round += 1) {
    for (const road of roads) samples.get(road)?.push(await measure(road, round))
  }
  const of = (road: Road): number => median(samples.get(road) ?? [])
  print(`\n${what}`)
  for (const road of roads) {
    const [ms, added] = [of(road), of(road) - of(base)]
    print(
      `  ${road.name.padEnd(18)} ${ms.toFixed(2).padStart(8)} ms   × ${(of(road) / of(base)).toFixed(2)}   ${added >= 0 ? '+' : ''}${added.toFixed(2)} ms over ${base.name}`,
    )
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
  let next = 1
  let isOver = false
  await Promise.all(
    Array.from({ length: OPENING_AT_ONCE }, async () => {
      while (next <= sessions && !isOver) {
        const at = next
        next += 1
        try {
          await open(`idle ${at}`, through)
        } catch (error) {
          // The machine allows no more; what is open counts.
          isOver = true
          print(`  session ${at} did not open: ${String(error).slice(0, 300)}`)
        }
      }
    }),
  )
  const { length } = clients.filter(({ child }) => child.exitCode === null && !child.killed)
  // What opening left behind is collected in a while, or not at all: both belong to the figure.
  await new Promise(resolve => setTimeout(resolve, 10_000))
  const grown = memoryOf(bastion.pid) - before
  print(
    `  ${length} sessions: + ${grown.toFixed(0)} MB, ${((grown * 1024) / length).toFixed(0)} KB each`,
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
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function print(line: string): void {
  console.log(line)
}
