/**
 * The words of a find expression and how many arguments each takes: a pattern that looks like `-exec`
 * is only seen as one by who knows that `-name` takes an argument. Source: find(1), findutils 4.9.
 */

/** Everything that may stand in an expression, by the number of its arguments. */
export const FIND_ARITY: ReadonlyMap<string, number> = new Map([
  ...words('( ) ! , -a -and -o -or -not', 0),
  ...words(
    '-daystart -depth -d -follow -ignore_readdir_race -noignore_readdir_race -mount -xdev -nowarn -warn ' +
      '-noleaf -help -version -empty -executable -readable -writable -false -true -nogroup -nouser ' +
      '-delete -ls -print -print0 -prune -quit',
    0,
  ),
  ...words(
    '-regextype -maxdepth -mindepth -amin -anewer -atime -cmin -cnewer -ctime -fstype -gid -group -ilname ' +
      '-iname -inum -ipath -iregex -iwholename -links -lname -mmin -mtime -name -newer -path -perm -regex ' +
      '-samefile -size -type -uid -used -user -wholename -xtype -context -printf -files0-from',
    1,
  ),
  // -newerXY, all forms (find(1), TESTS).
  ...words(
    '-newermt -newerat -newerct -newerBt -newermm -newerma -newermc -newermB -newerac -newerca',
    1,
  ),
  ...words(
    '-newerBB -newerBa -newerBc -newerBm -newercB -newercc -newercm -neweraB -neweraa -neweram',
    1,
  ),
])

/** Actions that write a file: the file is their first argument; how many they take. */
export const FIND_WRITES: ReadonlyMap<string, number> = new Map([
  ['-fprint', 1],
  ['-fprint0', 1],
  ['-fls', 1],
  ['-fprintf', 2],
])

/** Actions that run a command up to `;`; those that may instead end in `{} +`. */
export const FIND_RUNS: ReadonlyMap<
  string,
  { readonly mayBatch: boolean; readonly moves: boolean }
> = new Map([
  ['-exec', { mayBatch: true, moves: false }],
  ['-execdir', { mayBatch: true, moves: true }],
  ['-ok', { mayBatch: false, moves: false }],
  ['-okdir', { mayBatch: false, moves: true }],
])

function words(text: string, arity: number): readonly (readonly [string, number])[] {
  return text.split(' ').map(word => [word, arity] as const)
}
