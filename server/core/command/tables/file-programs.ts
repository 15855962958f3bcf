/** Programs that list, make, move and remove files. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from './program-entry.ts'

const COREUTILS = 'coreutils 9.1'

export const FILE_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
  ls: {
    source: `ls(1), ${COREUTILS}`,
    operands: 'path',
    walksTrees: ['-R'],
    options:
      '-a --all, -A --almost-all, --author, -b --escape, --block-size =data, -B --ignore-backups, -c, -C, --color [=data], ' +
      '-d --directory, -D --dired, -f, -F --classify [=data], --file-type, --format =data, --full-time, -g, ' +
      '--group-directories-first, -G --no-group, -h --human-readable, --si, -H --dereference-command-line, ' +
      '--dereference-command-line-symlink-to-dir, --hide =pattern, --hyperlink [=data], --indicator-style =data, -i --inode, ' +
      '-I --ignore =pattern, -k --kibibytes, -l, -L --dereference, -m, -n --numeric-uid-gid, -N --literal, -o, -p, ' +
      '-q --hide-control-chars, --show-control-chars, -Q --quote-name, --quoting-style =data, -r --reverse, -R --recursive, ' +
      '-s --size, -S, --sort =data, --time =data, --time-style =data, -t, -T --tabsize =data, -u, -U, -v, -w --width =data, ' +
      '-x, -X, -Z --context, --zero, -1',
  },
  cp: {
    source: `cp(1), ${COREUTILS}`,
    operands: 'path',
    walksTrees: ['-r', '-a'],
    options:
      '-a --archive, --attributes-only, --backup [=data], -b, --copy-contents, -d, -f --force, -i --interactive, -H, -l --link, ' +
      '-L --dereference, -n --no-clobber, -P --no-dereference, -p, --preserve [=data], --no-preserve =data, --parents, ' +
      '-R -r --recursive, --reflink [=data], --remove-destination, --sparse =data, --strip-trailing-slashes, -s --symbolic-link, ' +
      '-S --suffix =data, -t --target-directory =path !writes, -T --no-target-directory, -u --update, -v --verbose, -x --one-file-system, -Z',
  },
  mv: {
    source: `mv(1), ${COREUTILS}`,
    operands: 'path',
    walksTrees: 'always',
    options:
      '--backup [=data], -b, -f --force, -i --interactive, -n --no-clobber, --strip-trailing-slashes, -S --suffix =data, ' +
      '-t --target-directory =path !writes, -T --no-target-directory, -u --update, -v --verbose, -Z --context',
  },
  rm: {
    source: `rm(1), ${COREUTILS}`,
    operands: 'path',
    walksTrees: ['-r'],
    options:
      '-f --force, -i, -I, --interactive [=data], --one-file-system, --no-preserve-root, --preserve-root [=data], ' +
      '-r -R --recursive, -d --dir, -v --verbose',
  },
  rmdir: {
    source: `rmdir(1), ${COREUTILS}`,
    operands: 'path',
    options: '--ignore-fail-on-non-empty, -p --parents, -v --verbose',
  },
  mkdir: {
    source: `mkdir(1), ${COREUTILS}`,
    operands: 'path',
    options: '-m --mode =data, -p --parents, -v --verbose, -Z, --context [=data]',
  },
  touch: {
    source: `touch(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-a, -c --no-create, -d --date =data, -f, -h --no-dereference, -m, -r --reference =path, -t =data, --time =data',
  },
  ln: {
    source: `ln(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '--backup [=data], -b, -d -F --directory, -f --force, -i --interactive, -L --logical, -n --no-dereference, -P --physical, ' +
      '-r --relative, -s --symbolic, -S --suffix =data, -t --target-directory =path !writes, -T --no-target-directory, -v --verbose',
  },
  install: {
    source: `install(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '--backup [=data], -b, -c, -C --compare, -d --directory, -D, -g --group =data, -m --mode =data, -o --owner =data, ' +
      '-p --preserve-timestamps, -s --strip, --strip-program =program, -S --suffix =data, -t --target-directory =path !writes, ' +
      '-T --no-target-directory, -v --verbose',
  },
  chmod: {
    source: `chmod(1), ${COREUTILS}; a mode may begin with a dash`,
    operands: 'data path',
    unless: { options: ['--reference'], operands: 'path' },
    walksTrees: ['-R'],
    options:
      '-c --changes, -f --silent --quiet, -v --verbose, --no-preserve-root, --preserve-root, --reference =path, -R --recursive',
  },
  chown: {
    source: `chown(1), ${COREUTILS}`,
    operands: 'data path',
    unless: { options: ['--reference'], operands: 'path' },
    walksTrees: ['-R'],
    options:
      '-c --changes, -f --silent --quiet, -v --verbose, --dereference, -h --no-dereference, --from =data, --no-preserve-root, ' +
      '--preserve-root, --reference =path, -R --recursive, -H, -L, -P',
  },
  chgrp: {
    source: `chgrp(1), ${COREUTILS}`,
    operands: 'data path',
    unless: { options: ['--reference'], operands: 'path' },
    walksTrees: ['-R'],
    options:
      '-c --changes, -f --silent --quiet, -v --verbose, --dereference, -h --no-dereference, --no-preserve-root, --preserve-root, ' +
      '--reference =path, -R --recursive, -H, -L, -P',
  },
  stat: {
    source: `stat(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-L --dereference, -f --file-system, --cached =data, -c --format =data, --printf =data, -t --terse',
  },
  file: {
    source: 'file(1) 5.44; -C writes a magic file, -m reads one',
    operands: 'path',
    options:
      '-b --brief, -C --compile !writes, -c --checking-printout, -E, -e --exclude =data, -f --files-from =path, -F --separator =data, ' +
      '-h --no-dereference, -i --mime, --mime-type, --mime-encoding, -k --keep-going, -l --list, -L --dereference, -m --magic-file =path, ' +
      '-N --no-pad, -n --no-buffer, -p --preserve-date, -P --parameter =data, -r --raw, -s --special-files, -z --uncompress !runs, -Z --uncompress-noreport !runs, -0 --print0',
  },
  du: {
    source: `du(1), ${COREUTILS}`,
    operands: 'path',
    walksTrees: 'always',
    options:
      '-0 --null, -a --all, --apparent-size, -B --block-size =data, -b --bytes, -c --total, -D --dereference-args, -d --max-depth =data, ' +
      '--files0-from =path, -H, -h --human-readable, --inodes, -k, -L --dereference, -l --count-links, -m, -P --no-dereference, ' +
      '-S --separate-dirs, --si, -s --summarize, -t --threshold =data, --time [=data], --time-style =data, -X --exclude-from =path, ' +
      '--exclude =pattern, -x --one-file-system',
  },
  df: {
    source: `df(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-a --all, -B --block-size =data, -h --human-readable, -H --si, -i --inodes, -k, -l --local, --no-sync, --output [=data], ' +
      '-P --portability, --sync, --total, -t --type =data, -T --print-type, -x --exclude-type =data, -v',
  },
  find: {
    source: 'find(1), findutils 4.9; its expression is read by extract/find.ts',
    style: 'words',
    operands: 'path',
    walksTrees: 'always',
    options:
      '-H, -L, -P, -D =data, -O0, -O1, -O2, -O3, -name =pattern, -iname =pattern, -path =pattern, -ipath =pattern, -wholename =pattern, ' +
      '-iwholename =pattern, -regex =pattern, -iregex =pattern, -lname =pattern, -ilname =pattern, -regextype =data, -type =data, ' +
      '-xtype =data, -maxdepth =data, -mindepth =data, -size =data, -mtime =data, -atime =data, -ctime =data, -mmin =data, -amin =data, ' +
      '-cmin =data, -newer =path, -anewer =path, -cnewer =path, -samefile =path, -newermt =data, -newerat =data, -newerct =data, ' +
      '-perm =data, -user =data, -group =data, -uid =data, -gid =data, ' +
      '-links =data, -inum =data, -used =data, -fstype =data, -context =data, -printf =data, -files0-from =path, -delete !writes, ' +
      '-fprint =path !writes, -fprint0 =path !writes, -fls =path !writes, -fprintf =path !writes, -exec, -execdir, ' +
      '-ok, -okdir, -print, -print0, -ls, -prune, -quit, -empty, -executable, -readable, -writable, -not, -a, -and, -o, -or, ' +
      '-daystart, -depth, -d, -follow, -mount, -xdev, -nouser, -nogroup, -true, -false, -warn, -nowarn, -noleaf, -ignore_readdir_race',
  },
  tree: {
    source: 'tree(1) 2.1',
    operands: 'path',
    walksTrees: 'always',
    options:
      '-a, -d, -l, -f, -x, -L =data, -R, -P =pattern, -I =pattern, --gitignore, --gitfile =path, --ignore-case, --matchdirs, --metafirst, ' +
      '--prune, --info, --infofile =path, --noreport, --charset =data, --filelimit =data, -o =path !writes, --fromfile, ' +
      '-q, -N, -Q, -p, -u, -g, -s, -h, --si, --du, -D, --timefmt =data, -F, --inodes, --device, -v, -t, -c, -U, -r, --dirsfirst, --sort =data, ' +
      '-i, -A, -S, -n, -C, -X, -J, -H =data, -T =data, --nolinks',
  },
  realpath: {
    source: `realpath(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-e --canonicalize-existing, -m --canonicalize-missing, -L --logical, -P --physical, -q --quiet, --relative-to =path, ' +
      '--relative-base =path, -s --strip --no-symlinks, -z --zero',
  },
  readlink: {
    source: `readlink(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-f --canonicalize, -e --canonicalize-existing, -m --canonicalize-missing, -n --no-newline, -q --quiet -s --silent, -v --verbose, -z --zero',
  },
  basename: {
    source: `basename(1), ${COREUTILS}; opens nothing`,
    operands: 'data',
    options: '-a --multiple, -s --suffix =data, -z --zero',
  },
  dirname: {
    source: `dirname(1), ${COREUTILS}; opens nothing`,
    operands: 'data',
    options: '-z --zero',
  },
  truncate: {
    source: `truncate(1), ${COREUTILS}`,
    operands: 'path',
    options: '-c --no-create, -o --io-blocks, -r --reference =path, -s --size =data',
  },
  shred: {
    source: `shred(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-f --force, -n --iterations =data, --random-source =path, -s --size =data, -u, --remove [=data], -v --verbose, -x --exact, -z --zero',
  },
  dd: {
    source: `dd(1), ${COREUTILS}: if= is read, of= is written`,
    style: 'pairs',
    operands: 'data',
    options: 'if= =path, of= =path !writes',
  },
  mktemp: {
    source: `mktemp(1), ${COREUTILS}: creates its operand`,
    operands: 'path',
    options:
      '-d --directory, -u --dry-run, -q --quiet, --suffix =data, -p --tmpdir [=path] !writes, -t',
  },
  mkfifo: { source: `mkfifo(1), ${COREUTILS}`, operands: 'path', options: '-m --mode =data' },
  lsof: {
    source: 'lsof(8) 4.95',
    operands: 'path',
    options:
      '-i [=data], -p =data, -u =data, -c =data, -d =data, -n, -P, -t, -a, -l, -R, -s [=data], -F [=data], -r [=data], +D =path, +d =path',
  },
  getfacl: {
    source: 'getfacl(1), acl 2.3',
    operands: 'path',
    walksTrees: ['-R'],
    options:
      '-a --access, -d --default, -c --omit-header, -e --all-effective, -R --recursive, -n --numeric, -p --absolute-names, -t --tabular',
  },
  setfacl: {
    source: 'setfacl(1), acl 2.3',
    operands: 'path',
    walksTrees: ['-R'],
    options:
      '-m --modify =data, -x --remove =data, -M --modify-file =path, -X --remove-file =path, --set =data, --set-file =path, -b --remove-all, -k --remove-default, -R --recursive, -d --default, --restore =path',
  },
}
