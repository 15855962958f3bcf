import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = resolve(import.meta.dirname, '../..')
/** As an entry of the sources: what a contributor runs with tsx, and what `dist` is compiled from. */
const FROM_SOURCES = ['--import', 'tsx', join(root, 'server/cli/sallyport.ts')]
/** What users run; `npm run build` makes it. */
export const FROM_DIST = [join(root, 'dist/server/cli/sallyport.js')]
const READY_WITHIN_MS = 60_000

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Ready {
  readonly pid: number
  readonly ssh: { readonly host: string; readonly port: number; readonly hostKey: string }
  readonly http: { readonly url: string }
  readonly next: readonly string[]
}

/** A whole bastion in a folder of its own: the real command, the real database, ports of its own. */
export class Bastion {
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  readonly #command: readonly string[]
  #process: ChildProcess | null = null
  #output = ''
  #ready: Ready | null = null

  constructor(environment: NodeJS.ProcessEnv = {}, command = FROM_SOURCES) {
    this.#command = command
    // A space in the path, because one day somebody's home has one.
    this.folder = mkdtempSync(join(tmpdir(), 'sallyport test-'))
    chmodSync(this.folder, 0o755)
    this.environment = {
      ...process.env,
      SALLYPORT_HOME: join(this.folder, 'var'),
      SALLYPORT_KEYS: join(this.folder, 'keys'),
      SALLYPORT_SSH: '127.0.0.1:0',
      SALLYPORT_HTTP: '127.0.0.1:0',
      ...environment,
    }
  }

  get ready(): Ready {
    if (this.#ready === null) throw new Error(`the bastion is not up:\n${this.#output}`)
    return this.#ready
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.ready.pid
  }

  /** Writes sallyport.yaml or a policy before or while the bastion runs. */
  write(path: string, text: string): void {
    const file = join(this.folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }

  async up(): Promise<Ready> {
    const readyFile = join(this.folder, 'var/ready.json')
    rmSync(readyFile, { force: true })
    const child = spawn(process.execPath, [...this.#command, 'up'], {
      cwd: root,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-100_000)
      })
    }
    const deadline = Date.now() + READY_WITHIN_MS
    while (Date.now() < deadline && child.exitCode === null) {
      try {
        const ready = JSON.parse(readFileSync(readyFile, 'utf8')) as Ready
        if (ready.pid === child.pid) {
          this.#ready = ready
          return ready
        }
      } catch {
        // Not written yet: ready.json appears all at once.
      }
      await sleep(50)
    }
    throw new Error(`the bastion did not come up (exit ${child.exitCode}):\n${this.#output}`)
  }

  /** Runs the `sallyport` command beside the running bastion. */
  async run(...parameters: string[]): Promise<Outcome> {
    const child = spawn(process.execPath, [...this.#command, ...parameters], {
      cwd: root,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return collect(child)
  }

  /** The same, for a call that must succeed; gives its standard output, trimmed. */
  async must(...parameters: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...parameters)
    if (status !== 0)
      throw new Error(`sallyport ${parameters.join(' ')}: ${status}\n${stdout}${stderr}`)
    return stdout.trim()
  }

  /** Makes a key and a certificate for an agent; returns the private key's path. */
  async agent(name: string, task: string, type = 'ed25519'): Promise<string> {
    const key = join(this.folder, `${name}-${task}-${type}`)
    rmSync(key, { force: true })
    const made = spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', key])
    if (made.status !== 0) throw new Error(String(made.stderr))
    const certificate = await this.must(
      'cert',
      'issue',
      '--agent',
      name,
      '--task',
      task,
      '--public-key',
      `${key}.pub`,
      '--for',
      '15m',
    )
    writeFileSync(`${key}-cert.pub`, `${certificate}\n`)
    return key
  }

  /** The arguments every `ssh` in the tests begins with: this bastion, this key, no questions. */
  sshOptions(key: string): string[] {
    const { host, port, hostKey } = this.ready.ssh
    const knownHosts = join(this.folder, 'known_hosts')
    // In one piece: another client may be reading it.
    writeFileSync(`${knownHosts}.new`, `[${host}]:${port} ${hostKey}\n`)
    renameSync(`${knownHosts}.new`, knownHosts)
    const settings = [
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile="${knownHosts}"`,
    ]
    return ['-F', '/dev/null', '-p', String(port), '-i', key].concat(
      settings.flatMap(setting => ['-o', setting]),
    )
  }

  ssh(key: string, user: string, command: string[], more: string[] = []): ChildProcess {
    const parameters = [
      ...this.sshOptions(key),
      ...more,
      `${user}@${this.ready.ssh.host}`,
      ...command,
    ]
    return spawn('ssh', parameters, { stdio: ['pipe', 'pipe', 'pipe'] })
  }

  /** One command through the bastion, with `input` as its standard input. */
  async exec(
    key: string,
    user: string,
    command: string,
    input: string | Buffer = '',
    more: string[] = [],
  ): Promise<Outcome> {
    const child = this.ssh(key, user, [command], more)
    child.stdin?.end(input)
    return collect(child)
  }

  /** SIGKILL, as a power cut for the process: nothing is told. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** SIGTERM, as a service manager stops it; the folder stays. */
  terminate(): Promise<void> {
    return this.#end('SIGTERM')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    // What a killed bastion leaves outside of its folder, its next start removes; here there is none.
    const note = join(this.folder, 'var/demo/shared')
    if (existsSync(note)) rmSync(readFileSync(note, 'utf8'), { recursive: true, force: true })
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Waits for it to end by itself; gives its status. */
  async exit(): Promise<number | null> {
    const child = this.#process
    if (child === null) throw new Error('the bastion is not up')
    if (child.exitCode !== null) return child.exitCode
    return new Promise(resolve => child.once('close', resolve))
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = null
    this.#ready = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }
}

export async function collect(child: ChildProcess): Promise<Outcome> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return {
    status,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  }
}
