/** Programs that read text and print text. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from './program-entry.ts'

const COREUTILS = 'coreutils 9.1'

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
