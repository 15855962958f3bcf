/**
 * Feeds damaged bytes to everything that reads what strangers, agents and targets send, until it throws,
 * hangs or grows:
 *
 *     npx tsx test/bench/fuzz.ts [CASES] [FIRST SEED]
 *
 * Three parts, of which the first gets CASES and the others a fifth of them each: what reads keys,
 * certificates, signatures, revocation lists and PROXY headers; our connection protocol, from both ends,
 * in memory; and a front that listens, over sockets. So the million that it takes by itself is a million
 * damaged inputs of the first part, shared out among the parsers, 200,000 messages and 200,000 packets.
 *
 * A throw ends it with a name and the seed. A case that takes more than a tenth of a second of processor
 * time, a connection that hangs and a heap that has grown are named. With any of them it exits with 1.
 */
import { fireAt, fuzzedConnections } from '../ssh/fuzzed-connection.ts'
import { startFrontUnderFire } from '../ssh/fuzzed-front.ts'
import { diceOf, fuzzedParsers, heapBytes, mutate } from '../support/fuzzed-parsers.ts'
import { makeKeyring } from '../support/ssh-client.ts'

const cases = Number(process.argv[2] ?? 1_000_000)
const firstSeed = Number(process.argv[3] ?? 1)
const SLOW_MS = 100
/** A connection in which nothing has happened for so long hangs. */
const HANGING_MS = 30_000
const CONNECTIONS_AT_ONCE = 8
const MOST_GROWTH_BYTES = 32 * 1024 * 1024

parsers(Math.ceil(cases / fuzzedParsers.length))
await connections(Math.ceil(cases / 5 / fuzzedConnections.length))
await front(Math.ceil(cases / 5))

function parsers(each: number): void {
  const before = heapBytes()
  console.log(`${each} cases for each of ${fuzzedParsers.length} parsers, from seed ${firstSeed}`)
  for (const { feed, name, seeds } of fuzzedParsers) {
    let read = 0
    let slowest = { ms: 0, seed: 0 }
    const startedAt = performance.now()
    for (let seed = firstSeed; seed < firstSeed + each; seed += 1) {
      const bytes = mutate(seeds, diceOf(seed))
      const used = process.cpuUsage()
      try {
        if (feed(bytes)) read += 1
      } catch (error) {
        giveUp(name, seed, error)
      }
      const { system, user } = process.cpuUsage(used)
      const ms = (system + user) / 1000
      if (ms > slowest.ms) slowest = { ms, seed }
      if (ms > SLOW_MS) fail(`${name}, seed ${seed}: ${ms.toFixed(0)} ms`)
    }
    console.log(
      `${name}: ${read} read, ${each - read} refused, ${rate(each, startedAt)}, ` +
        `slowest ${slowest.ms.toFixed(1)} ms (seed ${slowest.seed})`,
    )
  }
  sayGrowth(before)
}

async function connections(each: number): Promise<void> {
  const before = heapBytes()
  for (const connection of fuzzedConnections) {
    const startedAt = performance.now()
    const { connections: ended, messages } = await watched(connection.name, firstSeed, () =>
      fireAt(connection, each, firstSeed),
    )
    console.log(
      `messages of ${connection.name}: ${messages} over ${ended} connections, ${rate(messages, startedAt)}`,
    )
  }
  sayGrowth(before)
}

async function front(packets: number): Promise<void> {
  const keyring = makeKeyring()
  const target = await startFrontUnderFire(keyring)
  const { attacks, balanced, bastion } = target
  const before = heapBytes()
  for (const { fire, name } of attacks) {
    const startedAt = performance.now()
    let sent = 0
    let seed = firstSeed
    const most = packets / attacks.length
    const worker = async (): Promise<void> => {
      while (sent < most) {
        const own = seed++
        const fired = await watched(name, own, () => fire(diceOf(own)))
        sent += fired
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, worker))
    console.log(`${name}: ${sent} over ${seed - firstSeed} connections, ${rate(sent, startedAt)}`)
  }
  for (const { front: door } of [bastion, balanced]) {
    while (door.connections().total > 0) await new Promise(setImmediate)
  }
  for (const kept of [bastion, balanced]) {
    // What the tests' own bastion remembers of its visits is not the front's.
    for (const list of [kept.journal, kept.logged, kept.refused, kept.identities, kept.userNames])
      list.length = 0
  }
  sayGrowth(before)
  await target.close()
  keyring.remove()
}

async function watched<Value>(
  name: string,
  seed: number,
  run: () => Promise<Value>,
): Promise<Value> {
  const hanging = setInterval(() => fail(`${name}, seed ${seed}: hangs`), HANGING_MS)
  try {
    return await run()
  } catch (error) {
    return giveUp(name, seed, error)
  } finally {
    clearInterval(hanging)
  }
}

function giveUp(name: string, seed: number, error: unknown): never {
  console.error(`${name}, seed ${seed}:`, error)
  process.exit(1)
}

/** Names it and goes on: there may be more to find. */
function fail(what: string): void {
  console.error(what)
  process.exitCode = 1
}

function rate(count: number, startedAt: number): string {
  return `${Math.round((count * 1000) / (performance.now() - startedAt))} a second`
}

function sayGrowth(before: number): void {
  const grown = heapBytes() - before
  console.log(`the heap grew by ${(grown / 1e6).toFixed(1)} MB`)
  if (grown > MOST_GROWTH_BYTES) process.exitCode = 1
}
