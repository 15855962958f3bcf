import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../server/core/ports/deciding.ts'
import { defaultLimits } from '../../server/config/limits.ts'
import { openStore } from '../../server/store/open.ts'
import type { Store } from '../../server/store/store.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'
import { realClock } from './sample-grants.ts'

/** A database and a state directory, and stores on them as often as a test likes. */
export class StoreBench {
  readonly home = mkdtempSync(join(tmpdir(), 'sallyport store-'))
  readonly log: string[] = []
  readonly #open: Store[] = []
  readonly database: TestDatabase

  static async create(): Promise<StoreBench> {
    return new StoreBench(await createTestDatabase())
  }

  private constructor(database: TestDatabase) {
    this.database = database
  }

  async open(options: { clock?: Clock; spoolBytes?: number; home?: string } = {}): Promise<Store> {
    const store = await openStore(
      {
        home: options.home ?? this.home,
        database: { url: this.database.url, directUrl: this.database.ownerUrl },
        limits: { ...defaultLimits, spoolBytes: options.spoolBytes ?? defaultLimits.spoolBytes },
      },
      {
        node: { version: '0.0.0-test', nativeCrypto: true },
        clock: options.clock ?? realClock,
        log: message => this.log.push(message),
      },
    )
    this.#open.push(store)
    return store
  }

  async close(store: Store, reason = 'test over'): Promise<void> {
    this.#open.splice(this.#open.indexOf(store), 1)
    await store.close(reason)
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(store => store.close('test over')))
    await this.database.drop()
    rmSync(this.home, { recursive: true, force: true })
  }
}
