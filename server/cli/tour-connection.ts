import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../core/result.ts'
import { escapeControls } from '../core/verdict.ts'
import { sshValue } from './next-steps.ts'

/** One connection of the real ssh client; each command is a channel of it, so that one session shows them all. */
export interface TourConnection {
  run(line: string): Promise<{ output: string; status: number | null }>
  close(): Promise<void>
}

export interface Whereto {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly key: string
  readonly knownHosts: string
  /** Where ssh puts the socket by which its own processes share the connection. */
  readonly control: string
}

const CONNECT_WITHIN_MS = 15_000
/** A tour prints a page; what a command prints beyond it is cut. */
const OUTPUT_MOST_CHARACTERS = 4096

export async function openConnection(where: Whereto): Promise<Result<TourConnection, string>> {
  const destination = `${where.user}@${where.host}`
  const master = spawn('ssh', [...optionsFor(where), '-M', '-N', destination], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaints = collect(master)
  const ended = endOf(master)
  const deadline = performance.now() + CONNECT_WITHIN_MS
  while (!existsSync(where.control)) {
    const end = await Promise.race([ended, sleep(50, null)])
    if (end !== null) {
      return {
        ok: false,
        fault: end.isMissing
          ? 'there is no ssh on this machine; install OpenSSH (package openssh-client) and run the tour again'
          : `ssh could not connect: ${complaints().trim()}`,
      }
    }
    if (performance.now() > deadline) {
      master.kill()
      return { ok: false, fault: `ssh did not connect within ${CONNECT_WITHIN_MS / 1000} s` }
    }
  }
  return {
    ok: true,
    value: {
      async run(line) {
        const child = spawn('ssh', [...optionsFor(where), destination, line], {
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        const output = collect(child)
        const { status } = await endOf(child)
        return { output: output(), status }
      },
      async close() {
        master.kill()
        await ended
      },
    },
  }
}

function optionsFor({ port, key, knownHosts, control }: Whereto): string[] {
  return [
    '-F',
    'none',
    '-p',
    String(port),
    '-i',
    key,
    '-o',
    'BatchMode=yes',
    '-T',
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'IdentityAgent=none',
    '-o',
    'LogLevel=ERROR',
    '-o',
    `CertificateFile=${sshValue(`${key}-cert.pub`)}`,
    '-o',
    `UserKnownHostsFile=${sshValue(knownHosts)}`,
    '-o',
    'StrictHostKeyChecking=yes',
    '-S',
    control,
  ]
}

/** Both outputs in the order they come, escaped: they are a target's. */
function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < OUTPUT_MOST_CHARACTERS) text += chunk
    })
  }
  return () => text.slice(0, OUTPUT_MOST_CHARACTERS).split('\n').map(escapeControls).join('\n')
}

function endOf(child: ChildProcess): Promise<{ status: number | null; isMissing: boolean }> {
  return new Promise(resolve => {
    child.once('error', error => {
      resolve({ status: null, isMissing: (error as NodeJS.ErrnoException).code === 'ENOENT' })
    })
    child.once('close', status => resolve({ status, isMissing: false }))
  })
}
