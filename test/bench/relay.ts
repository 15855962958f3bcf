/**
 * Set-up, throughput and CPU of a command through the bastion, against chained OpenSSH
 * (`ssh bastion ssh target`), interleaved in one run so that a busy machine disturbs all alike.
 *
 *     npm run build && npx tsx test/bench/relay.ts [--rounds 5] [--megabytes 100]
 *
 * Prints medians, and ratios over OpenSSH: below 1 is faster, or cheaper. CPU is that of whatever stands
 * in the middle, PostgreSQL included; not of the client or the target.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { isNativeCryptoInUse } from '../../server/ssh/library.ts'
import { Bastion, FROM_DIST } from '../support/bastion.ts'
import { register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { cpuSeconds } from './process-cpu.ts'

/** One way to the target: how to start a command through it, and the CPU it has cost so far. */
interface Road {
  readonly name: string
  readonly ssh: (command: string) => string[]
  readonly cpu: () => number
}

interface Sample {
  readonly seconds: number
  readonly cpu: number
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '100' },
  },
})
const rounds = Number(values.rounds)
const bytes = Number(values.megabytes) * 1024 * 1024

const target = await startSshd()
const middle = await startSshd()
const alone = await startAlone()
const bastion = new Bastion({}, FROM_DIST)
try {
  await bastion.up()
  await register(bastion, target, 'bench', 'T-1')
  const zeros = join(target.directory, 'zeros')
  const text = join(target.directory, 'text')
  writeFileSync(zeros, Buffer.alloc(bytes))
  writeFileSync(
    text,
    Buffer.alloc(bytes, 'Nov 20 16:42:07 web-01 nginx[4123]: GET /index.html 200 äöü 日本\n'),
  )

  const roads = await openRoads()
  const crypto = isNativeCryptoInUse() ? 'native crypto' : 'NO native crypto'
  print(
    `node ${process.version}, ssh2 with ${crypto}, ${rounds} rounds, ${values.megabytes} MB a transfer`,
  )
  await compare('set-up of one command (true)', 'true', roads, rounds * 4)
  await compare('text', `cat ${text}`, roads, rounds)
  await compare('zeros', `cat ${zeros}`, roads, rounds)
} finally {
  await bastion.stop()
  alone.child.kill()
  await Promise.all([target.stop(), middle.stop()])
}

async function openRoads(): Promise<Road[]> {
  const key = await bastion.agent('bench', 'T-1')
  const options = [...bastion.sshOptions(key), '-n', `${target.login}+box@127.0.0.1`]
  return [
    {
      name: 'chained OpenSSH',
      ssh: command => [
        '-n',
        ...plain(middle),
        ['ssh', '-n', ...plain(target), `'${command}'`].join(' '),
      ],
      cpu: () => cpuSeconds(middle.pid),
    },
    {
      name: 'relay alone',
      ssh: command => ['-n', ...alone.options, command],
      cpu: () => cpuSeconds(alone.child.pid ?? 0),
    },
    {
      name: 'sallyport, recording',
      ssh: command => [...options, command],
      cpu: () => cpuSeconds(bastion.pid) + cpuSeconds(postgresPid()),
    },
  ]
}

/** The embedded server is no child of ours: it is adopted after a crash. Its own pid file names it. */
function postgresPid(): number {
  const { directory } = JSON.parse(
    readFileSync(join(bastion.folder, 'var/postgres.json'), 'utf8'),
  ) as { directory: string }
  return Number(readFileSync(join(directory, 'pg18/postmaster.pid'), 'utf8').split('\n')[0])
}

async function compare(
  what: string,
  command: string,
  roads: readonly Road[],
  times: number,
): Promise<void> {
  const samples = new Map<Road, Sample[]>(roads.map(road => [road, []]))
  for (const road of roads) await measure(road, command) // The first one warms caches up.
  for (let round = 0; round < times; round += 1) {
    for (const road of roads) samples.get(road)?.push(await measure(road, command))
  }
  print(`\n${what}`)
  const [first] = roads
  const base = samplesOf(first)
  for (const road of roads) {
    const { seconds, cpu } = samplesOf(road)
    const ratio = `× ${(seconds / base.seconds).toFixed(2)} time, × ${(cpu / base.cpu).toFixed(2)} cpu`
    print(
      `  ${road.name.padEnd(22)} ${(seconds * 1000).toFixed(0).padStart(6)} ms ${(cpu * 1000).toFixed(0).padStart(6)} ms cpu   ${ratio}`,
    )
  }

  function samplesOf(road: Road | undefined): Sample {
    const all = (road === undefined ? undefined : samples.get(road)) ?? []
    return {
      seconds: median(all.map(({ seconds }) => seconds)),
      cpu: median(all.map(({ cpu }) => cpu)),
    }
  }
}

async function measure(road: Road, command: string): Promise<Sample> {
  const cpuBefore = road.cpu()
  const begun = performance.now()
  const child = spawn('ssh', road.ssh(command), { stdio: ['ignore', 'ignore', 'inherit'] })
  const [status] = (await once(child, 'exit')) as [number | null]
  const seconds = (performance.now() - begun) / 1000
  if (status !== 0) throw new Error(`${road.name}: ${command} ended with ${status}`)
  // What is recorded is uploaded within two seconds; its cost belongs to the sample.
  await new Promise(resolve => setTimeout(resolve, 2000))
  return { seconds, cpu: road.cpu() - cpuBefore }
}

async function startAlone(): Promise<{ child: ChildProcess; options: string[] }> {
  const order = JSON.stringify({ target: target.target(), key: target.key })
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'relay-alone.ts'), order],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, options: JSON.parse(line) as string[] }
  }
  throw new Error('the relay alone did not start')
}

function plain(sshd: Sshd): string[] {
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
