import type pg from 'pg'
import { uuidv7 } from 'uuidv7'
import type { Credential, HostTrust, Target, TargetShell } from '../../core/access.ts'
import { credentialText } from '../../core/credential-text.ts'
import type { TargetBook } from '../../core/ports/administration.ts'
import type { Targets } from '../../core/ports/deciding.ts'
import { change, type Ledger } from './ledger.ts'

export function createTargets(ledger: Ledger): TargetBook & Targets {
  const { pool } = ledger
  return {
    async list() {
      return select(pool, '', [])
    },
    async find(name) {
      const [target] = await select(pool, 'and name = $1', [name])
      return target ?? null
    },
    async findByAddress(host, port) {
      // Two targets of one address differ in who they trust or log in as: which is meant, nobody can say.
      const found = await select(pool, 'and host = $1 and port = $2', [host, port])
      return found.length === 1 ? (found[0] ?? null) : null
    },
    add: (target, by) =>
      change<Awaited<ReturnType<TargetBook['add']>>>(ledger, async client => {
        await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `sallyport target ${target.name}`,
        ])
        const taken = await select(client, 'and name = $1', [target.name])
        if (taken.length > 0) return { answer: { ok: false, fault: 'name-in-use' }, event: null }
        const added: Target = { ...target, id: uuidv7() }
        await client.query(INSERT, [...valuesOf(added), by])
        return {
          answer: { ok: true, value: added },
          event: {
            kind: 'target-added',
            target: added.name,
            host: added.host,
            port: added.port,
            logins: added.logins,
            hostTrust: `${added.trust.by} ${added.trust.publicKey}`,
            credential: credentialText(added.credential),
            by,
          },
        }
      }),
    remove: (name, by) =>
      change(ledger, async client => {
        const { rowCount } = await client.query(
          `insert into sallyport.target_removal (target_id, removed_by)
           select id, $2 from sallyport.target t where name = $1 and ${IS_THERE} on conflict do nothing`,
          [name, by],
        )
        if (rowCount === 0) return { answer: false, event: null }
        return { answer: true, event: { kind: 'target-removed', target: name, by } }
      }),
  }
}

interface TargetRow {
  id: string
  name: string
  host: string
  port: number
  logins: string[]
  trust_by: HostTrust['by']
  trust_key: string
  key_file: string | null
  credential: 'key' | 'certificate'
  source_address: string | null
  shell: TargetShell
  tags: string[]
  restricted: boolean
}

const IS_THERE = `not exists (select from sallyport.target_removal r where r.target_id = t.id)`

const INSERT = `
  insert into sallyport.target
    (id, name, host, port, logins, trust_by, trust_key, key_file, credential, source_address,
     shell, tags, restricted, added_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

async function select(
  client: pg.Pool | pg.ClientBase,
  condition: string,
  values: unknown[],
): Promise<Target[]> {
  const { rows } = await client.query<TargetRow>(
    `select * from sallyport.target t where ${IS_THERE} ${condition} order by name`,
    values,
  )
  return rows.map(fromRow)
}

/** With `fromRow`, the only place that knows both spellings. */
function valuesOf(target: Target): unknown[] {
  const { trust } = target
  return [
    target.id,
    target.name,
    target.host,
    target.port,
    target.logins,
    trust.by,
    trust.publicKey,
    ...columnsOf(target.credential),
    target.shell,
    target.tags,
    target.restricted,
  ]
}

function fromRow(row: TargetRow): Target {
  return {
    id: row.id,
    name: row.name,
    host: row.host,
    port: row.port,
    logins: row.logins,
    trust: { by: row.trust_by, publicKey: row.trust_key },
    credential: credentialOf(row),
    shell: row.shell,
    tags: row.tags,
    restricted: row.restricted,
  }
}

/** key_file, credential, source_address; `credentialOf` reads them back. */
function columnsOf(
  credential: Credential,
): [string | null, TargetRow['credential'], string | null] {
  switch (credential.is) {
    case 'upstream-key':
      return [null, 'key', null]
    case 'key-file':
      return [credential.path, 'key', null]
    case 'certificate': {
      const { sourceAddress } = credential
      const text = sourceAddress.is === 'listed' ? sourceAddress.networks : sourceAddress.is
      return [null, 'certificate', text]
    }
  }
}

function credentialOf({ credential, key_file: path, source_address: from }: TargetRow): Credential {
  if (credential === 'certificate' && from !== null) {
    const isWord = from === 'own' || from === 'any'
    return {
      is: 'certificate',
      sourceAddress: isWord ? { is: from } : { is: 'listed', networks: from },
    }
  }
  return path === null ? { is: 'upstream-key' } : { is: 'key-file', path }
}
