import { dirname } from 'node:path'

/** What the system calls each, in words that say where to look. */
const SYSTEM_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'is not open to this user; run the command as whoever runs the bastion',
  EPERM: 'may not be changed by this user; run the command as whoever runs the bastion',
  ENOTDIR: 'lies under something that is no folder',
  EISDIR: 'is a folder',
  EROFS: 'is on a file system that cannot be written to',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the quota of this user is used up',
}

/** A failure of the world as a sentence; the first line is the sentence, others are commands that mend it. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  const fault = SYSTEM_FAULTS[code ?? '']
  if (fault === undefined || path === undefined) return error.message
  // What is written whole or not at all is written under another name first, which says nothing to anybody.
  const isDraft = /\.(draft|tmp)$/.test(path)
  return `${isDraft ? dirname(path) : path} ${fault}`
}
