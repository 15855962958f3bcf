import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises'
import { KeysFault } from './keys-fault.ts'

const OWNER_ONLY = 0o700

/**
 * Makes the folder where it is missing and shuts it where it is open: a fresh checkout has it at
 * 0755, or 0775 under some umasks. Root may find it in somebody else's checkout and takes it over,
 * since what will lie in it is root's. Returns its real path.
 */
export async function openKeyFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY })
  const path = await realpath(folder)
  const found = await stat(path)
  if (!found.isDirectory()) throw new KeysFault(`${path} is not a folder; keys are kept in one`)
  const us = currentUser()
  if (found.uid !== us) {
    if (us !== 0) {
      throw new KeysFault(
        `${path} belongs to uid ${found.uid} and this runs as uid ${us}: whoever owns the folder can swap the keys.\n` +
          `  sudo chown ${us} ${quote(path)}   or point SALLYPORT_KEYS at a folder of your own`,
      )
    }
    await chown(path, us, -1)
  }
  if ((found.mode & 0o777) !== OWNER_ONLY) await chmod(path, OWNER_ONLY)
  return path
}

/** The effective uid: the one that file permissions are checked against. */
export function currentUser(): number {
  // Absent on Windows only, where the bastion does not run.
  const uid = process.geteuid?.()
  if (uid === undefined) throw new KeysFault('this system has no file owners; keys cannot be kept')
  return uid
}

/** For a command that is to be pasted into a shell. */
export function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
