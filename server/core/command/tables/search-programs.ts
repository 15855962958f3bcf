/** Programs that look for text, compare it or change it by a script. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from './program-entry.ts'

/** grep, egrep and fgrep share one manual page. */
const GREP: Omit<ProgramEntry, 'source'> = {
  operands: 'pattern path',
  unless: { options: ['-e', '-f'], operands: 'path' },
  walksTrees: ['-r', '-R'],
  options:
    '-E --extended-regexp, -F --fixed-strings, -G --basic-regexp, -P --perl-regexp, -e --regexp =pattern, ' +
    '-f --file =path, -i -y --ignore-case, --no-ignore-case, -v --invert-match, -w --word-regexp, ' +
    '-x --line-regexp, -c --count, --color --colour [=data], -L --files-without-match, ' +
    '-l --files-with-matches, -m --max-count =data, -o --only-matching, -q --quiet --silent, ' +
    '-s --no-messages, -b --byte-offset, -H --with-filename, -h --no-filename, --label =data, ' +
    '-n --line-number, -T --initial-tab, -Z --null, -A --after-context =data, -B --before-context =data, ' +
    '-C --context =data, -a --text, --binary-files =data, -D --devices =data, -d --directories =data, ' +
    '--exclude =pattern, --exclude-from =path, --exclude-dir =pattern, -I, --include =pattern, ' +
    '-r --recursive, -R --dereference-recursive, --line-buffered, -U --binary, -z --null-data, ' +
    '--group-separator =data, --no-group-separator, -V --version, --help, ' +
    '-0, -1, -2, -3, -4, -5, -6, -7, -8, -9',
}

export const SEARCH_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
  grep: { source: 'grep(1), GNU grep 3.8', ...GREP },
  egrep: { source: 'grep(1), GNU grep 3.8', ...GREP },
  fgrep: { source: 'grep(1), GNU grep 3.8', ...GREP },
  zgrep: { source: 'zgrep(1), gzip 1.12; takes most of grep', ...GREP, walksTrees: [] },
  rg: {
    source: 'rg(1), ripgrep 13.0',
    operands: 'pattern path',
    unless: { options: ['-e', '-f', '--files', '--type-list'], operands: 'path' },
    walksTrees: 'always',
    options:
      '--pre =program, --pre-glob =pattern, --hostname-bin =program, -z --search-zip, -e --regexp =pattern, -f --file =path, ' +
      '-A --after-context =data, -B --before-context =data, -C --context =data, --color =data, --colors =data, ' +
      '-c --count, --count-matches, --debug, -E --encoding =data, --engine =data, --files, -l --files-with-matches, ' +
      '--files-without-match, -F --fixed-strings, -L --follow, -g --glob =pattern, --iglob =pattern, --heading, --no-heading, ' +
      '-. --hidden, -i --ignore-case, --ignore-file =path, -v --invert-match, --json, -n --line-number, -N --no-line-number, ' +
      '-x --line-regexp, -M --max-columns =data, -m --max-count =data, -d --max-depth =data, --max-filesize =data, ' +
      '-U --multiline, --no-config, --no-ignore, --no-messages, -0 --null, --one-file-system, -o --only-matching, ' +
      '--passthru, -P --pcre2, -p --pretty, -q --quiet, -r --replace =data, -S --smart-case, --sort =data, --sortr =data, ' +
      '--stats, -a --text, -j --threads =data, --trim, -t --type =data, -T --type-not =data, --type-add =data, --type-list, ' +
      '-u --unrestricted, --vimgrep, -H --with-filename, -I --no-filename, -w --word-regexp, -s --case-sensitive',
  },
  sed: {
    source: 'sed(1), GNU sed 4.8; its script is read by extract/sed-script.ts',
    operands: 'data path',
    unless: { options: ['-e', '-f'], operands: 'path' },
    options:
      '-n --quiet --silent, --debug, -e --expression =data, -f --file =path, -E -r --regexp-extended, ' +
      '-i --in-place [=data] !writes, -l --line-length =data, --posix, -s --separate, --sandbox, -u --unbuffered, ' +
      '-z --null-data, --follow-symlinks',
  },
  awk: {
    source: 'awk(1), POSIX; the program can run others and write files',
    style: 'leading',
    operands: 'program path',
    unless: { options: ['-f'], operands: 'path' },
    options: '-F =data, -v =data, -f =path !runs',
  },
  gawk: {
    source: 'gawk(1) 5.2; the program can run others and write files',
    style: 'leading',
    operands: 'program path',
    unless: { options: ['-f', '-E', '-i'], operands: 'path' },
    options:
      '-F --field-separator =data, -v --assign =data, -f --file =path !runs, -E --exec =path !runs, -i --include =path !runs, ' +
      '-l --load =path !runs, -e --source =program, -o --pretty-print [=path] !writes, -p --profile [=path] !writes, ' +
      '-d --dump-variables [=path] !writes, -S --sandbox, -P --posix, -b --characters-as-bytes, -n --non-decimal-data',
  },
  jq: {
    source: 'jq(1) 1.6',
    operands: 'data path',
    unless: { options: ['-f'], operands: 'path' },
    options:
      '-c --compact-output, -r --raw-output, -j --join-output, -a --ascii-output, -S --sort-keys, -C --color-output, ' +
      '-M --monochrome-output, --tab, --indent =data, -n --null-input, -R --raw-input, -s --slurp, -e --exit-status, ' +
      '-f --from-file =path, -L =path, --seq, --stream, --unbuffered',
  },
  diff: {
    source: 'diff(1), diffutils 3.8',
    operands: 'path',
    walksTrees: ['-r'],
    options:
      '--normal, -q --brief, -s --report-identical-files, -c, -C --context [=data], -u, -U =data, --unified [=data], -e --ed, ' +
      '-n --rcs, -y --side-by-side, -W --width =data, --left-column, --suppress-common-lines, -p --show-c-function, ' +
      '-F --show-function-line =pattern, --label =data, -t --expand-tabs, -T --initial-tab, --tabsize =data, -l --paginate !runs, ' +
      '-r --recursive, --no-dereference, -N --new-file, --unidirectional-new-file, -x --exclude =pattern, -X --exclude-from =path, ' +
      '-S --starting-file =data, --from-file =path, --to-file =path, -i --ignore-case, -E --ignore-tab-expansion, ' +
      '-Z --ignore-trailing-space, -b --ignore-space-change, -w --ignore-all-space, -B --ignore-blank-lines, ' +
      '-I --ignore-matching-lines =pattern, -a --text, --strip-trailing-cr, -D --ifdef =data, -d --minimal, --color [=data]',
  },
  cmp: {
    source: 'cmp(1), diffutils 3.8',
    operands: 'path path data',
    options:
      '-b --print-bytes, -i --ignore-initial =data, -l --verbose, -n --bytes =data, -s --quiet --silent',
  },
}
