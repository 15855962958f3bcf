import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { currentUser, quote } from './key-folder.ts'
import { KeysFault } from './keys-fault.ts'

/** An ecdsa key on the largest curve has under 1 KB. */
const KEY_FILE_MOST_BYTES = 16_384

/**
 * Reads a file that only we may read; null when there is none. What was checked is what is read: the
 * file is opened first and asked about its owner and mode afterwards.
 */
export async function readSecret(path: string): Promise<string | null> {
  const file = await openOrNull(path)
  if (file === null) return null
  try {
    const found = await file.stat()
    const { mode, size, uid } = found
    const us = currentUser()
    if (!found.isFile()) throw new KeysFault(`${path} is not a file`)
    if (uid !== us) {
      throw new KeysFault(
        `${path} belongs to uid ${uid} and this runs as uid ${us}; a key must be the bastion's own.\n` +
          `  sudo chown ${us} ${quote(path)}   if you trust it`,
      )
    }
    if ((mode & 0o077) !== 0) {
      throw new KeysFault(
        `${path} can be read by others (mode ${(mode & 0o777).toString(8)}).\n` +
          `  chmod 600 ${quote(path)}   and rotate the key if somebody may have read it`,
      )
    }
    if (size > KEY_FILE_MOST_BYTES) throw new KeysFault(`${path} is too large for a key`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Writes a new file of mode 0600 and says whether it did. It appears whole or not at all; if another
 * process was first, its file stays and ours is dropped (`link` refuses where `rename` would replace).
 */
export async function writeSecretOnce(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text, 0o600)
  try {
    await link(draft, path)
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false // another process made it just now: use that one
    throw error
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(path))
  return true
}

/** Writes or replaces a file that anybody may read. */
export async function writePublic(path: string, text: string | Uint8Array): Promise<void> {
  await rename(await writeDraft(path, text, 0o644), path)
  await syncFolder(dirname(path))
}

/** Null when there is no such file. */
export async function readPublic(path: string): Promise<string | null> {
  return (await readPublicBytes(path))?.toString('utf8') ?? null
}

/** Null when there is no such file. */
export async function readPublicBytes(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

async function openOrNull(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    if (isCode(error, 'ELOOP') || (await lstat(path)).isSymbolicLink()) {
      throw new KeysFault(
        `${path} is a symbolic link; put the key itself there, or point SALLYPORT_KEYS elsewhere`,
      )
    }
    throw error
  }
}

async function writeDraft(path: string, text: string | Uint8Array, mode: number): Promise<string> {
  const draft = join(dirname(path), `.${randomBytes(8).toString('hex')}.draft`)
  const file = await open(draft, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.chmod(mode) // whatever the umask took away or left
    await file.sync()
  } finally {
    await file.close()
  }
  return draft
}

/** A certificate may be out in the world a second later; its CA must survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
