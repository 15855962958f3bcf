/**
 * Programs that open the files they are given for reading only. For every other program a path counts
 * as read and as written: not knowing is answered the strict way. Sources: POSIX XCU, coreutils 9.1,
 * util-linux 2.38 and systemd 252 manual pages. Options that write (`sort -o`) are facts of their own.
 */
const ONLY_READERS: ReadonlySet<string> = new Set(
  `[ awk b2sum base32 base64 basename bat bzcat bzgrep cat cd cksum cmp column comm cut date dir df diff
  dirname du echo egrep expand false fgrep file find fmt fold getcap getfacl gawk grep head hexdump id
  join journalctl jq last lastlog ldd less ls lsattr lsblk lscpu lslogins lsof man mawk md5sum more
  namei nl nm numfmt objdump od paste pathchk pgrep pidof pr printf ps pstree pwd readelf readlink
  realpath rev rg seq sha1sum sha224sum sha256sum sha384sum sha512sum size sleep sort ss stat strings
  sum systemctl tac tail test tr tree true tsort type unexpand uptime vdir vmstat w wc which who whereis
  xzcat xzgrep yes zcat zgrep zless zstdcat zstdgrep`.split(/\s+/),
)

/** True when the paths among the program's operands are only read. `name` is the bare name. */
export function onlyReads(name: string): boolean {
  return ONLY_READERS.has(name)
}
