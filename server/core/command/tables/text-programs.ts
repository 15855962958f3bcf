/** Programs that read text and print text. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from '../program-facts.ts'

const COREUTILS = 'coreutils 9.1'

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

const DIGEST: Omit<ProgramEntry, 'source'> = {
  operands: 'path',
  options:
    '-b --binary, -c --check, --tag, -t --text, -z --zero, --ignore-missing, --quiet, --status, --strict, -w --warn',
}

export const TEXT_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
  cat: {
    source: `cat(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-A --show-all, -b --number-nonblank, -e, -E --show-ends, -n --number, -s --squeeze-blank, -t, ' +
      '-T --show-tabs, -u, -v --show-nonprinting',
  },
  tac: {
    source: `tac(1), ${COREUTILS}`,
    operands: 'path',
    options: '-b --before, -r --regex, -s --separator =data',
  },
  head: {
    source: `head(1), ${COREUTILS}; a number after a dash counts lines`,
    operands: 'path',
    options:
      '-c --bytes =data, -n --lines =data, -q --quiet --silent, -v --verbose, -z --zero-terminated, ' +
      '-0, -1, -2, -3, -4, -5, -6, -7, -8, -9',
  },
  tail: {
    source: `tail(1), ${COREUTILS}; a number after a dash counts lines`,
    operands: 'path',
    options:
      '-c --bytes =data, -f --follow [=data], -F, -n --lines =data, --max-unchanged-stats =data, --pid =data, ' +
      '-q --quiet --silent, --retry, -s --sleep-interval =data, -v --verbose, -z --zero-terminated, ' +
      '-0, -1, -2, -3, -4, -5, -6, -7, -8, -9',
  },
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
  sort: {
    source: `sort(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-b --ignore-leading-blanks, -d --dictionary-order, -f --ignore-case, -g --general-numeric-sort, ' +
      '-i --ignore-nonprinting, -M --month-sort, -h --human-numeric-sort, -n --numeric-sort, -R --random-sort, ' +
      '--random-source =path, -r --reverse, --sort =data, -V --version-sort, --batch-size =data, -c --check [=data], -C, ' +
      '--compress-program =program, --debug, --files0-from =path, -k --key =data, -m --merge, -o --output =path !writes, ' +
      '-s --stable, -S --buffer-size =data, -t --field-separator =data, -T --temporary-directory =path !writes, ' +
      '--parallel =data, -u --unique, -z --zero-terminated',
  },
  uniq: {
    source: `uniq(1), ${COREUTILS}: the second operand is written`,
    operands: 'path',
    options:
      '-c --count, -d --repeated, -D, --all-repeated [=data], -f --skip-fields =data, --group [=data], -i --ignore-case, ' +
      '-s --skip-chars =data, -u --unique, -z --zero-terminated, -w --check-chars =data',
  },
  wc: {
    source: `wc(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-c --bytes, -m --chars, -l --lines, --files0-from =path, -L --max-line-length, -w --words, --total =data',
  },
  cut: {
    source: `cut(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-b --bytes =data, -c --characters =data, -d --delimiter =data, -f --fields =data, -n, --complement, ' +
      '-s --only-delimited, --output-delimiter =data, -z --zero-terminated',
  },
  paste: {
    source: `paste(1), ${COREUTILS}`,
    operands: 'path',
    options: '-d --delimiters =data, -s --serial, -z --zero-terminated',
  },
  join: {
    source: `join(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-a =data, -e =data, -i --ignore-case, -j =data, -o =data, -t =data, -v =data, -1 =data, -2 =data, ' +
      '--check-order, --nocheck-order, --header, -z --zero-terminated',
  },
  comm: {
    source: `comm(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-1, -2, -3, --check-order, --nocheck-order, --output-delimiter =data, --total, -z --zero-terminated',
  },
  tr: {
    source: `tr(1), ${COREUTILS}`,
    operands: 'data',
    options: '-c -C --complement, -d --delete, -s --squeeze-repeats, -t --truncate-set1',
  },
  nl: {
    source: `nl(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-b --body-numbering =data, -d --section-delimiter =data, -f --footer-numbering =data, -h --header-numbering =data, ' +
      '-i --line-increment =data, -l --join-blank-lines =data, -n --number-format =data, -p --no-renumber, ' +
      '-s --number-separator =data, -v --starting-line-number =data, -w --number-width =data',
  },
  fold: {
    source: `fold(1), ${COREUTILS}`,
    operands: 'path',
    options: '-b --bytes, -s --spaces, -w --width =data',
  },
  fmt: {
    source: `fmt(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-c --crown-margin, -p --prefix =data, -s --split-only, -t --tagged-paragraph, -u --uniform-spacing, -w --width =data, -g --goal =data',
  },
  rev: { source: 'rev(1), util-linux 2.38', operands: 'path', options: '-V --version, -h --help' },
  column: {
    source: 'column(1), util-linux 2.38',
    operands: 'path',
    options:
      '-t --table, -s --separator =data, -o --output-separator =data, -N --table-columns =data, -R --table-right =data, ' +
      '-c --output-width =data, -x --fillrows, -n --table-name =data, -H --table-hide =data, -J --json, -e --table-header-repeat, -L --keep-empty-lines',
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
  strings: {
    source: 'strings(1), binutils 2.40',
    operands: 'path',
    options:
      '-a --all, -d --data, -f --print-file-name, -n --bytes =data, -t --radix =data, -e --encoding =data, -o, -w --include-all-whitespace, -s --output-separator =data, -T --target =data',
  },
  xxd: {
    source: 'xxd(1), vim 9.0: the second operand is written',
    style: 'words',
    operands: 'path',
    options: '-a, -b, -c =data, -e, -g =data, -i, -l =data, -p, -r, -s =data, -u, -o =data',
  },
  od: {
    source: `od(1), ${COREUTILS}`,
    operands: 'path',
    options:
      '-A --address-radix =data, -j --skip-bytes =data, -N --read-bytes =data, -S --strings [=data], -t --format =data, ' +
      '-v --output-duplicates, -w --width [=data], -a, -b, -c, -d, -f, -i, -l, -o, -s, -x',
  },
  hexdump: {
    source: 'hexdump(1), util-linux 2.38',
    operands: 'path',
    options:
      '-b --one-byte-octal, -c --one-byte-char, -C --canonical, -d --two-bytes-decimal, -e --format =data, -f --format-file =path, ' +
      '-n --length =data, -o --two-bytes-octal, -s --skip =data, -v --no-squeezing, -x --two-bytes-hex, -L --color [=data]',
  },
  base64: {
    source: `base64(1), ${COREUTILS}; other systems have -o FILE`,
    operands: 'path',
    options: '-d --decode -D, -i --ignore-garbage, -w --wrap =data, -o --output =path !writes',
  },
  md5sum: { source: `md5sum(1), ${COREUTILS}`, ...DIGEST },
  sha1sum: { source: `sha1sum(1), ${COREUTILS}`, ...DIGEST },
  sha224sum: { source: `sha224sum(1), ${COREUTILS}`, ...DIGEST },
  sha256sum: { source: `sha256sum(1), ${COREUTILS}`, ...DIGEST },
  sha384sum: { source: `sha384sum(1), ${COREUTILS}`, ...DIGEST },
  sha512sum: { source: `sha512sum(1), ${COREUTILS}`, ...DIGEST },
  cksum: {
    source: `cksum(1), ${COREUTILS}`,
    operands: 'path',
    options: '-a --algorithm =data, -c --check, --tag, --untagged, -l --length =data',
  },
  split: {
    source: `split(1), ${COREUTILS}: files are written under the prefix, the second operand`,
    operands: 'path',
    options:
      '-a --suffix-length =data, --additional-suffix =data, -b --bytes =data, -C --line-bytes =data, -d, --numeric-suffixes [=data], ' +
      '-x, --hex-suffixes [=data], -e --elide-empty-files, --filter =program, -l --lines =data, -n --number =data, -t --separator =data, -u --unbuffered, --verbose',
  },
  tee: {
    source: `tee(1), ${COREUTILS}: every operand is written`,
    operands: 'path',
    options: '-a --append, -i --ignore-interrupts, -p, --output-error [=data]',
  },
  shuf: {
    source: `shuf(1), ${COREUTILS}`,
    operands: 'path',
    unless: { options: ['-e'], operands: 'data' },
    options:
      '-e --echo, -i --input-range =data, -n --head-count =data, -o --output =path !writes, --random-source =path, -r --repeat, -z --zero-terminated',
  },
  iconv: {
    source: 'iconv(1), glibc 2.36',
    operands: 'path',
    options:
      '-f --from-code =data, -t --to-code =data, -l --list, -c, -o --output =path !writes, -s --silent, --verbose',
  },
  less: {
    source: 'less(1) 590; +CMD and -k, -O, -T take commands and files',
    operands: 'path',
    options:
      '-k --lesskey-file =path !runs, -o --log-file =path !writes, -O --LOG-FILE =path !writes, -T --tag-file =path, -t --tag =data, ' +
      '-p --pattern =pattern, -P --prompt =data, -b --buffers =data, -h =data, -j --jump-target =data, -x --tabs =data, ' +
      '-y =data, -z --window =data, -D --color =data, -# --shift =data, -e, -E, -f --force, -F --quit-if-one-screen, -g, -G, -i --ignore-case, ' +
      '-I --IGNORE-CASE, -J, -K, -L --no-lessopen, -m, -M, -n --line-numbers, -N --LINE-NUMBERS, -q, -Q, -r, -R --RAW-CONTROL-CHARS, ' +
      '-s --squeeze-blank-lines, -S --chop-long-lines, -u, -U, -V, -w, -W, -X --no-init, -~, +0 =data, +/ =pattern, +! =program',
  },
  zcat: {
    source: 'gzip(1) 1.12',
    operands: 'path',
    options:
      '-f --force, -l --list, -q --quiet, -r --recursive, -S --suffix =data, -t --test, -v --verbose',
  },
  strip: {
    source: 'strip(1), binutils 2.40: writes its operands in place',
    operands: 'path',
    options:
      '-o =path !writes, -s --strip-all, -g -S -d --strip-debug, -x --discard-all, -v --verbose, -p --preserve-dates, -K --keep-symbol =data, -N --strip-symbol =data',
  },
}
