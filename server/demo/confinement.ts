/**
 * How the demonstration target is kept from the bastion's keys and state. Pure: it only says which
 * program to start with which arguments; whether that holds is tried from inside (inside.ts).
 */

/** What the confined process must not see, and the little that it must. All paths are absolute and real. */
export interface Surroundings {
  /** Folders that look empty from inside: keys, state, the user's home, /tmp, /run. */
  readonly hiddenFolders: readonly string[]
  /** Files that look empty from inside: a configuration with a database password, TLS keys. */
  readonly hiddenFiles: readonly string[]
  /** What the process itself is made of; stays, read-only, even inside a hidden folder. */
  readonly shown: readonly string[]
  /** Files that stand in the place of others: `from` is seen as `at`. */
  readonly replaced: readonly { readonly from: string; readonly at: string }[]
  /** A folder of the real system that stays writable: the socket is in it. */
  readonly shared: string
  /** A folder that is not needed inside; what is shown waits there while the rest is hidden. */
  readonly stash: string
}

/** The user inside. Nobody's on the real system: it is in no passwd file and owns nothing. */
export interface Stranger {
  readonly uid: number
  readonly gid: number
}

export interface Confinement {
  readonly name: 'user and namespaces' | 'user' | 'bubblewrap' | 'user namespace' | 'none'
  /** What stands before the command; empty for nothing. */
  readonly prefix: readonly string[]
  /** True when the process itself gives up being root, after it has loaded and opened what it needs. */
  readonly dropsUser: boolean
  readonly isConfined: boolean
}

/** What to try, best first; the last one confines nothing and always works. */
export function confinements(
  isRoot: boolean,
  surroundings: Surroundings,
  stranger: Stranger,
): Confinement[] {
  const none: Confinement = { name: 'none', prefix: [], dropsUser: false, isConfined: false }
  if (isRoot) {
    return [
      {
        name: 'user and namespaces',
        prefix: [...unshare([]), ...stage(surroundings), ...NO_NEW_PRIVILEGES],
        dropsUser: true,
        isConfined: true,
      },
      // A container without CAP_SYS_ADMIN makes no namespaces; another user is still another user.
      { name: 'user', prefix: [], dropsUser: true, isConfined: true },
      none,
    ]
  }
  return [
    {
      name: 'bubblewrap',
      prefix: bubblewrap(surroundings, stranger),
      dropsUser: false,
      isConfined: true,
    },
    {
      name: 'user namespace',
      prefix: [
        ...unshare(['--user', '--map-root-user']),
        ...stage(surroundings),
        // A second namespace inside the first: in it, what the first has mounted cannot be unmounted.
        'unshare',
        '--user',
        `--map-user=${stranger.uid}`,
        `--map-group=${stranger.gid}`,
        '--',
        ...NO_NEW_PRIVILEGES,
      ],
      dropsUser: false,
      isConfined: true,
    },
    none,
  ]
}

/** sudo and other setuid programs give nothing to a process that may gain no privileges. */
const NO_NEW_PRIVILEGES = ['setpriv', '--no-new-privs', '--'] as const

/** `--kill-child` and the process namespace: nothing that runs inside outlives the demonstration. */
function unshare(user: readonly string[]): string[] {
  return [
    'unshare',
    ...user,
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--net',
    '--ipc',
    '--',
  ]
}

/** 64 MB to write in: enough to try things, too little to fill the machine's memory. */
const TMPFS_BYTES = 64 * 1024 * 1024

/**
 * Builds the view with mount(8), one step per pair of arguments, then runs what follows `--`. It stays
 * as the first process of its namespace, which a shell does well: it buries orphans.
 */
const STAGE = `set -e
# Folders of PATH may be hidden below, and an ordinary user's may lack mount.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
stash=$1; shift
mount --make-rprivate /
mount -t tmpfs -o size=1m,mode=0755 tmpfs "$stash"
n=0
while [ "$1" != -- ]; do
  case $1 in
    replace) mount --bind "$2" "$3"; shift ;;
    keep|share)
      n=$((n + 1))
      if [ -d "$2" ]; then mkdir "$stash/$n"; else : >"$stash/$n"; fi
      mount --rbind "$2" "$stash/$n"
      [ "$1" = share ] || mount -o remount,bind,ro,nosuid,nodev "$stash/$n" ;;
    hide) mkdir -p "$2"; mount -t tmpfs -o size=${TMPFS_BYTES},mode=1777,nosuid,nodev tmpfs "$2" ;;
    empty) [ ! -e "$2" ] || mount --bind /dev/null "$2" ;;
    back)
      if [ -d "$stash/$3" ]; then mkdir -p "$2"; else mkdir -p "\${2%/*}"; [ -e "$2" ] || : >"$2"; fi
      mount --rbind "$stash/$3" "$2"; shift ;;
  esac
  shift 2
done
shift
umount -l "$stash"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts
mount --bind /dev/pts/ptmx /dev/ptmx
mount -o remount,hidepid=2 /proc 2>/dev/null || :
"$@"
exit $?`

function stage(around: Surroundings): string[] {
  const kept = [...around.shown, around.shared]
  return [
    'sh',
    '-c',
    STAGE,
    'sh',
    around.stash,
    ...around.replaced.flatMap(({ from, at }) => ['replace', from, at]),
    ...around.shown.flatMap(path => ['keep', path]),
    'share',
    around.shared,
    ...around.hiddenFolders.flatMap(path => ['hide', path]),
    ...kept.flatMap((path, index) => ['back', path, String(index + 1)]),
    // Once more, last: keys or state could lie inside something that was shown.
    ...around.hiddenFolders
      .filter(hidden => kept.some(path => isInside(hidden, path)))
      .flatMap(path => ['hide', path]),
    ...around.hiddenFiles.flatMap(path => ['empty', path]),
    '--',
  ]
}

/** The same view by bubblewrap, which reads its sources from the real system whatever was mounted before. */
function bubblewrap(around: Surroundings, { uid, gid }: Stranger): string[] {
  const size = ['--size', String(TMPFS_BYTES)]
  const kept = [...around.shown, around.shared]
  return [
    'bwrap',
    '--unshare-user',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-net',
    '--unshare-cgroup-try',
    '--uid',
    String(uid),
    '--gid',
    String(gid),
    '--die-with-parent',
    '--new-session',
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    ...around.hiddenFolders.flatMap(path => [...size, '--tmpfs', path]),
    ...around.shown.flatMap(path => ['--ro-bind', path, path]),
    '--bind',
    around.shared,
    around.shared,
    ...around.hiddenFolders
      .filter(hidden => kept.some(path => isInside(hidden, path)))
      .flatMap(path => [...size, '--tmpfs', path]),
    ...around.replaced.flatMap(({ from, at }) => ['--ro-bind', from, at]),
    ...around.hiddenFiles.flatMap(path => ['--ro-bind', '/dev/null', path]),
    '--',
  ]
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
