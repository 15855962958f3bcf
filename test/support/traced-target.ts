import { once } from 'node:events'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sshd, startSshd } from './sshd.ts'

export interface TracedCommand {
  readonly command: string
  /** What the witness said when the command arrived, before it ran. */
  readonly witnessed: boolean
}

/**
 * A real OpenSSH server that asks a witness about every command line before it runs it, so that a
 * test can say "at this instant the decision was already there". Runs the line whatever the answer:
 * it watches, it does not guard.
 */
export class TracedTarget {
  readonly commands: TracedCommand[] = []
  witness: (command: string) => Promise<boolean> = async () => true
  readonly #sshd: Sshd
  readonly #notary: Server

  readonly #script: string

  private constructor(sshd: Sshd, notary: Server, script: string) {
    this.#sshd = sshd
    this.#notary = notary
    this.#script = script
  }

  static async start(): Promise<TracedTarget> {
    const notary = createServer()
    notary.listen(0, '127.0.0.1')
    await once(notary, 'listening')
    const address = notary.address()
    if (address === null || typeof address === 'string') throw new Error('no port for the notary')

    const script = join(tmpdir(), `sallyport-trace-${process.pid}-${address.port}.sh`)
    writeFileSync(
      script,
      [
        '#!/bin/bash',
        `exec 9<>/dev/tcp/127.0.0.1/${address.port}`,
        `printf '%s\\n' "$(printf %s "$SSH_ORIGINAL_COMMAND" | base64 -w0)" >&9`,
        'read -r answer <&9',
        'exec 9>&-',
        'exec /bin/bash -c "$SSH_ORIGINAL_COMMAND"',
        '',
      ].join('\n'),
    )
    chmodSync(script, 0o755)
    const sshd = await startSshd({ lines: [`ForceCommand ${script}`] })
    const target = new TracedTarget(sshd, notary, script)
    notary.on('connection', socket => {
      socket.on('error', () => {}) // The program behind it was killed; what it asked is noted already.
      socket.setEncoding('utf8').once('data', (line: string) => {
        const command = Buffer.from(line.trim(), 'base64').toString()
        void target.witness(command).then(witnessed => {
          target.commands.push({ command, witnessed })
          socket.end('go\n')
        })
      })
    })
    return target
  }

  get sshd(): Sshd {
    return this.#sshd
  }

  async stop(): Promise<void> {
    this.#notary.close()
    await this.#sshd.stop()
    rmSync(this.#script, { force: true })
  }
}
