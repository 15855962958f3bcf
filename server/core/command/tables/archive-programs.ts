/** Programs that pack, copy and transfer files. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from './program-entry.ts'

const GZIP =
  '-c --stdout --to-stdout, -d --decompress --uncompress, -f --force, -k --keep, -l --list, -n --no-name, -N --name, -q --quiet, ' +
  '-r --recursive, -S --suffix =data, -t --test, -v --verbose, -1 --fast, -2, -3, -4, -5, -6, -7, -8, -9 --best'

export const ARCHIVE_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
  tar: {
    source: 'tar(1), GNU tar 1.34; the first word may be a bundle of options without a dash',
    style: 'bundle',
    operands: 'path',
    walksTrees: 'always',
    options:
      '-A --catenate --concatenate, -c --create, -d --diff --compare, --delete, -r --append, -t --list, --test-label, -u --update, ' +
      '-x --extract --get, -f --file =path !writes, -C --directory =path !moves, -I --use-compress-program =program, ' +
      '--to-command =program, --checkpoint [=data], --checkpoint-action =program, -F --info-script --new-volume-script =program, ' +
      '--rsh-command =program, --rmt-command =program, -g --listed-incremental =path !writes, -G --incremental, --index-file =path !writes, ' +
      '-T --files-from =path, -X --exclude-from =path, --exclude =pattern, --exclude-vcs, --exclude-caches, --exclude-tag =data, ' +
      '-K --starting-file =data, -L --tape-length =data, -M --multi-volume, -N --newer --after-date =data, --newer-mtime =data, ' +
      '-O --to-stdout, -P --absolute-names, -R --block-number, -S --sparse, -V --label =data, -W --verify, -a --auto-compress, ' +
      '-b --blocking-factor =data, -B --read-full-records, -h --dereference, -H --format =data, -i --ignore-zeros, -j --bzip2, -J --xz, ' +
      '-k --keep-old-files, --keep-newer-files, -l --check-links, -m --touch, -n --seek, -o, -p --preserve-permissions --same-permissions, ' +
      '-s --preserve-order, -U --unlink-first, -v --verbose, -w --interactive, -z --gzip, -Z --compress, --zstd, --lzma, --lzip, --lzop, ' +
      '--owner =data, --group =data, --mode =data, --mtime =data, --numeric-owner, --no-recursion, --recursion, --null, ' +
      '--one-file-system, --overwrite, --remove-files !writes, --strip-components =data, --transform --xform =data, --show-transformed-names, ' +
      '--suffix =data, --backup [=data], --totals [=data], --wildcards, --no-wildcards, --warning =data, --sort =data, --same-owner, --no-same-owner, ' +
      '--no-same-permissions, --acls, --xattrs, --selinux, --full-time, --volno-file =path !writes, --record-size =data, --occurrence [=data], --quoting-style =data',
  },
  gzip: {
    source: 'gzip(1) 1.12: replaces its operands',
    operands: 'path',
    walksTrees: ['-r'],
    options: GZIP,
  },
  gunzip: {
    source: 'gzip(1) 1.12: replaces its operands',
    operands: 'path',
    walksTrees: ['-r'],
    options: GZIP,
  },
  bzip2: {
    source: 'bzip2(1) 1.0: replaces its operands',
    operands: 'path',
    options:
      '-c --stdout, -d --decompress, -z --compress, -k --keep, -f --force, -t --test, -q --quiet, -v --verbose, -s --small, -1, -2, -3, -4, -5, -6, -7, -8, -9',
  },
  xz: {
    source: 'xz(1) 5.4: replaces its operands',
    operands: 'path',
    options:
      '-z --compress, -d --decompress, -t --test, -l --list, -k --keep, -f --force, -c --stdout, --single-stream, -S --suffix =data, ' +
      '--files [=path], --files0 [=path], -F --format =data, -C --check =data, -e --extreme, -T --threads =data, -q --quiet, -v --verbose, ' +
      '-M --memlimit =data, -Q --no-warn, --robot, -0, -1, -2, -3, -4, -5, -6, -7, -8, -9',
  },
  zip: {
    source: 'zip(1) 3.0; -TT names the program that tests the archive',
    operands: 'path',
    walksTrees: ['-r'],
    options:
      '-T --test, -TT --unzip-command =program, -r --recurse-paths, -R --recurse-patterns, -x --exclude =pattern, -i --include =pattern, ' +
      '-j --junk-paths, -m --move !writes, -u --update, -f --freshen, -d --delete, -q --quiet, -v --verbose, -e --encrypt, -P --password =data, ' +
      '-b --temp-path =path !writes, -O --output-file =path !writes, -lf --logfile-path =path !writes, -y --symlinks, -s --split-size =data, -n --suffixes =data, ' +
      '-t --from-date =data, -tt --before-date =data, -z, -@, -0, -1, -2, -3, -4, -5, -6, -7, -8, -9',
  },
  unzip: {
    source: 'unzip(1) 6.0; what it writes is named in the archive',
    operands: 'path pattern',
    options:
      '-l, -t, -p, -c, -z, -v, -f, -u, -o, -n, -j, -q, -a, -d =path !writes, -x =pattern, -P =data',
  },
  cpio: {
    source: 'cpio(1) 2.13',
    operands: 'path',
    options:
      '-i --extract, -o --create, -p --pass-through, -t --list, -F --file =path !writes, -I =path, -O =path !writes, -E --pattern-file =path, ' +
      '--rsh-command =program, -D --directory =path !moves, -H --format =data, -d --make-directories, -m --preserve-modification-time, -u --unconditional, -v --verbose, -0 --null, -R --owner =data',
  },
  rsync: {
    source: 'rsync(1) 3.2; -e and --rsync-path name programs',
    operands: 'path',
    walksTrees: 'always',
    options:
      '-e --rsh =program, --rsync-path =program, -M --remote-option =data, -v --verbose, -q --quiet, -c --checksum, -a --archive, -r --recursive, ' +
      '-R --relative, -b --backup, --backup-dir =path !writes, --suffix =data, -u --update, --inplace, --append, -d --dirs, -l --links, -L --copy-links, ' +
      '-k --copy-dirlinks, -K --keep-dirlinks, -H --hard-links, -p --perms, -E --executability, --chmod =data, -A --acls, -X --xattrs, -o --owner, ' +
      '-g --group, --devices, -D, -t --times, -O --omit-dir-times, -J, --super, -S --sparse, -n --dry-run, -W --whole-file, -x --one-file-system, ' +
      '-B --block-size =data, --existing, --ignore-existing, --remove-source-files !writes, --delete !writes, --delete-before !writes, --delete-after !writes, ' +
      '--delete-excluded !writes, --max-delete =data, --max-size =data, --min-size =data, --partial, --partial-dir =path !writes, -m --prune-empty-dirs, ' +
      '--numeric-ids, --usermap =data, --groupmap =data, --chown =data, --timeout =data, --contimeout =data, -I --ignore-times, --size-only, -T --temp-dir =path !writes, ' +
      '-y --fuzzy, --compare-dest =path, --copy-dest =path, --link-dest =path, -z --compress, --compress-level =data, -C --cvs-exclude, -f --filter =data, -F, ' +
      '--exclude =pattern, --exclude-from =path, --include =pattern, --include-from =path, --files-from =path, -0 --from0, -s --protect-args, --address =data, ' +
      '--port =data, --sockopts =data, --blocking-io, --stats, -8, -h --human-readable, --progress, -P, -i --itemize-changes, --out-format =data, ' +
      '--log-file =path !writes, --log-file-format =data, --password-file =path, --list-only, --bwlimit =data, --write-batch =path !writes, --read-batch =path, -4, -6, --server, --daemon, --config =path !runs',
  },
  scp: {
    source: 'scp(1), OpenSSH 9.2; -S, -D, -o and -F name or configure programs',
    operands: 'path',
    walksTrees: ['-r'],
    options:
      '-S =program, -o =program, -F =path !runs, -D =program, -J =data, -3, -4, -6, -A, -B, -C, -c =data, -i =path, -l =data, -O, -P =data, -p, -q, -R, -r, -s, -T, -v, -X =data, -t, -f, -d',
  },
  sftp: {
    source: 'sftp(1), OpenSSH 9.2; -b runs a batch with ! lines',
    operands: 'data',
    options:
      '-S =program, -o =program, -F =path !runs, -D =program, -b =path !runs, -B =data, -c =data, -i =path, -J =data, -l =data, -P =data, -R =data, -s =data, -X =data, -4, -6, -A, -a, -C, -f, -N, -p, -q, -r, -v',
  },
}
