import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bastion } from '../support/bastion.ts'
import { commandsOf, type Reader, readerOf, recordedText } from '../support/evidence-reader.ts'
import { register } from '../support/registered.ts'
import { TracedTarget } from '../support/traced-target.ts'

const ROUNDS = 5
const CLIENTS = 4
/** After the first byte arrived, and while sessions come and go, the kill comes at some moment in this span. */
const KILL_WITHIN_MS = 1500

describe('a bastion killed with SIGKILL under load', function () {
  this.timeout(300_000)
  let bastion: Bastion
  let target: TracedTarget
  let key: string
  let user: string

  before(async () => {
    target = await TracedTarget.start()
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, target.sshd, 'agent-7', 'T-1')
    key = await bastion.agent('agent-7', 'T-1')
    user = `${target.sshd.login}+box`
  })

  after(async () => {
    await bastion?.stop()
    await target?.stop()
  })

  for (let round = 1; round <= ROUNDS; round += 1) {
    it(`has every decision before its command, and every byte the client received (round ${round})`, async () => {
      const received = new Map<string, string>()
      let isKilled = false
      const clients = Array.from({ length: CLIENTS }, (_, client) => load(`r${round}c${client}`))
      while (![...received.values()].some(text => text !== '')) await sleep(10)
      await sleep(Math.random() * KILL_WITHIN_MS)
      isKilled = true
      await bastion.kill()
      await Promise.all(clients)

      await bastion.up()
      const reader = await readerOf(bastion)
      try {
        await checkDecisions(reader)
        const recorded = await recordingsByToken(reader)
        for (const [token, text] of received) {
          if (text === '') continue
          const tape = recorded.get(token) ?? ''
          assert.ok(
            tape.startsWith(text),
            `${token}: the client received ${text.length} characters, ${tape.length} are recorded`,
          )
        }
      } finally {
        await reader.close()
      }

      /** One command after another, each with a token of its own, until the bastion is gone. */
      async function load(name: string): Promise<void> {
        for (let turn = 0; !isKilled; turn += 1) {
          const token = `${name}t${turn}`
          const child = bastion.ssh(key, user, [`seq -f ${token}-%g 1 60000`])
          child.stdin?.end()
          received.set(token, '')
          child.stdout?.setEncoding('utf8').on('data', (text: string) => {
            received.set(token, received.get(token) + text)
          })
          await ended(child)
        }
      }
    })
  }

  async function checkDecisions(reader: Reader): Promise<void> {
    const decided = new Set(
      (await commandsOf(reader))
        .filter(({ verdict }) => verdict === 'allow')
        .map(({ forwarded }) => (forwarded !== null && 'text' in forwarded ? forwarded.text : '')),
    )
    assert.ok(target.commands.length > 0)
    assert.deepEqual(
      target.commands.filter(({ command }) => !decided.has(command)),
      [],
    )
  }

  async function recordingsByToken(reader: Reader): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const { id } of await reader.archive.sessions({ limit: 10_000 })) {
      const text = await recordedText(reader, id)
      const token = /^(r\d+c\d+t\d+)-/.exec(text)?.[1]
      if (token !== undefined) found.set(token, text)
    }
    return found
  }
})

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
}
