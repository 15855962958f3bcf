/**
 * What programs do with the files they are given: only read them, or only write them. For every other
 * program a path counts as both: not knowing is answered the strict way. Options that write (`sort -o`)
 * are facts of their own. Sources: POSIX XCU, coreutils 9.1, util-linux 2.38, procps 4.0, systemd 252.
 */
import type { ReadArguments } from '../command/arguments.ts'

export type Direction = 'read' | 'write' | 'both'

const ONLY_READERS: ReadonlySet<string> = new Set(
  `[ awk b2sum base32 base64 basename bat bzcat bzgrep cat cd cksum cmp column comm cut date dir df diff
  dirname du echo egrep expand false fgrep file find fmt fold getcap getfacl gawk grep head hexdump iconv id
  join journalctl jq last lastlog ldd less ls lsattr lsblk lscpu lslogins lsof man mawk md5sum more
  namei nl nm numfmt objdump od paste pathchk pgrep pidof pr printf ps pstree pwd readelf readlink
  realpath rev rg seq sha1sum sha224sum sha256sum sha384sum sha512sum shuf size sleep sort ss stat strings
  sum systemctl tac tail test tr tree true tsort type unexpand uptime vdir vmstat w wc which who whereis
  xzcat xzgrep yes zcat zgrep zless zstdcat zstdgrep`.split(/\s+/),
)

/** Nothing of what is in the file comes out; a link (`ln`) is another name, and so it is not here. */
const ONLY_WRITERS: ReadonlySet<string> = new Set(
  'chgrp chmod chown mkdir mkfifo rm rmdir shred tee touch truncate unlink'.split(' '),
)

/** `name` is the bare name. */
export function directionOf(name: string, { options }: ReadArguments): Direction {
  if (ONLY_READERS.has(name)) return 'read'
  if (ONLY_WRITERS.has(name)) return 'write'
  // Files its script reads and writes are found in the script (extract/sed-script.ts).
  if (name === 'sed') return options.some(option => option.effect === 'writes') ? 'both' : 'read'
  // rsync's far end receives, unless it is told to send (rsync's own options.c).
  const has = (typed: string): boolean => options.some(option => option.typed === typed)
  return name === 'rsync' && has('--server') && !has('--sender') ? 'write' : 'both'
}
