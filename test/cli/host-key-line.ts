import assert from 'node:assert/strict'
import { formatKeyLine } from '../../server/core/ssh-wire/key-line.ts'
import { parsePrivateKey } from '../../server/core/ssh-wire/private-key.ts'
import { makePrivateKey } from '../../server/keys/key-material.ts'

/** A host key nobody has, one authorized_keys-style line. */
export function makeHostKeyLine(): string {
  const parsed = parsePrivateKey(makePrivateKey('ed25519', 'host'))
  assert.ok(parsed.ok)
  return formatKeyLine(parsed.value.publicKey, '')
}
