import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { offerDemo } from '../../server/cli/offer-demo.ts'
import { defaultLimits } from '../../server/config/limits.ts'
import { readConfig } from '../../server/config.ts'
import type { Target } from '../../server/core/access.ts'
import type { TargetBook } from '../../server/core/ports/administration.ts'
import { openKeys } from '../../server/keys/open-keys.ts'
import { createTargetward } from '../../server/ssh/upstream.ts'
import { noCertificate, testErrand } from '../support/errand.ts'
import { realClock } from '../support/sample-grants.ts'

// Starts the demonstration target from a folder, runs command lines on it as a session would, and prints
// what came of it as JSON: a process of its own, so that a test can run it as somebody else.

const [folder = '', ...lines] = process.argv.slice(2)
const config = await readConfig({}, null, folder)
if (!config.ok) throw new Error(config.fault.join('\n'))
mkdirSync(config.value.home, { recursive: true, mode: 0o700 })
const configFile = join(folder, 'sallyport.yaml')
for (const file of [configFile, join(config.value.home, 'state'), join(folder, 'keys.txt')]) {
  writeFileSync(file, 'SECRET\n', { mode: 0o600 })
}
const keys = await openKeys(config.value.keys)
writeFileSync(join(config.value.keys, 'canary'), 'SECRET\n', { mode: 0o600 })

let target: Target | null = null
const targets: TargetBook = {
  list: async () => (target === null ? [] : [target]),
  find: async () => target,
  async add(wanted) {
    target = { ...wanted, id: 'target-1' }
    return { ok: true, value: target }
  },
  remove: async () => true,
}
const demo = await offerDemo({
  config: config.value,
  configFile,
  targets,
  log: message => process.stderr.write(`${message}\n`),
})
const targetward = createTargetward({
  limits: defaultLimits,
  clock: realClock,
  upstreamKey: keys.upstreamPrivateKey,
  certify: noCertificate,
  log: message => process.stderr.write(`${message}\n`),
})
const registered = await targets.find('demo')
if (demo === null || registered === null) throw new Error('no demonstration target')
const dial = () => targetward.dial(registered, 'demo', testErrand)
let dialled = await dial()
if (!dialled.ok) throw new Error(dialled.fault.fault)

const results = []
for (const line of lines) {
  // After a line that ended the target's own process: until the bastion has started it again.
  for (let patience = 100; line.startsWith('AGAIN ') && patience > 0; patience -= 1) {
    dialled = await dial()
    if (dialled.ok) break
    await delay(100)
  }
  if (!dialled.ok) throw new Error(dialled.fault.fault)
  const hasTerminal = line.startsWith('TTY ')
  const channel = await dialled.value.exec(Buffer.from(line.replace(/^(TTY|AGAIN) /, '')), {
    terminal: hasTerminal
      ? {
          term: 'xterm',
          columns: 91,
          rows: 33,
          widthPixels: 0,
          heightPixels: 0,
          // Echo off, and no key suspends.
          modes: Uint8Array.of(53, 0, 0, 0, 0, 10, 0, 0, 0, 255, 0),
        }
      : null,
    environment: { LC_ALL: 'C' },
  })
  channel.endInput()
  const [stdout, stderr, exit] = await Promise.all([
    text(channel.stdout),
    text(channel.stderr),
    channel.ended,
  ])
  results.push({ line, stdout, stderr, exit })
}
if (dialled.ok) dialled.value.close()
await demo.stop()
process.stdout.write(
  JSON.stringify({
    isolation: demo.isolation,
    failures: demo.failures,
    target: registered,
    results,
  }),
)
