/** Programs that show or change the system. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from '../program-facts.ts'

const COREUTILS = 'coreutils 9.1'
const NOTHING_OPENED = { operands: 'data' } as const

export const SYSTEM_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
  // ---- builtins and programs that open nothing
  echo: {
    source: 'Bash manual 4.2; echo(1)',
    operands: 'data',
    style: 'words',
    options: '-n, -e, -E',
  },
  printf: {
    source: 'Bash manual 4.2; printf(1)',
    operands: 'data',
    style: 'leading',
    options: '-v =data',
  },
  true: { source: `true(1), ${COREUTILS}`, ...NOTHING_OPENED },
  false: { source: `false(1), ${COREUTILS}`, ...NOTHING_OPENED },
  ':': { source: 'Bash manual 4.1', ...NOTHING_OPENED },
  sleep: { source: `sleep(1), ${COREUTILS}`, ...NOTHING_OPENED },
  seq: {
    source: `seq(1), ${COREUTILS}`,
    ...NOTHING_OPENED,
    options: '-f --format =data, -s --separator =data, -w --equal-width',
  },
  expr: { source: `expr(1), ${COREUTILS}`, ...NOTHING_OPENED, style: 'words' },
  yes: { source: `yes(1), ${COREUTILS}`, ...NOTHING_OPENED },
  pwd: {
    source: 'Bash manual 4.1; pwd(1)',
    ...NOTHING_OPENED,
    options: '-L --logical, -P --physical',
  },
  exit: { source: 'Bash manual 4.1', ...NOTHING_OPENED },
  return: { source: 'Bash manual 4.1', ...NOTHING_OPENED },
  break: { source: 'Bash manual 4.1', ...NOTHING_OPENED },
  continue: { source: 'Bash manual 4.1', ...NOTHING_OPENED },
  shift: { source: 'Bash manual 4.1', ...NOTHING_OPENED },
  read: {
    source: 'Bash manual 4.2',
    ...NOTHING_OPENED,
    style: 'leading',
    options:
      '-a =data, -d =data, -e, -i =data, -n =data, -N =data, -p =data, -r, -s, -t =data, -u =data',
  },
  export: { source: 'Bash manual 4.1', ...NOTHING_OPENED, style: 'leading', options: '-f, -n, -p' },
  unset: { source: 'Bash manual 4.1', ...NOTHING_OPENED, style: 'leading', options: '-f, -v, -n' },
  set: { source: 'Bash manual 4.3', ...NOTHING_OPENED, style: 'words' },
  wait: {
    source: 'Bash manual 7.2',
    ...NOTHING_OPENED,
    style: 'leading',
    options: '-f, -n, -p =data',
  },
  jobs: { source: 'Bash manual 7.2', ...NOTHING_OPENED, options: '-l, -n, -p, -r, -s' },
  umask: { source: 'Bash manual 4.1', ...NOTHING_OPENED, options: '-p, -S' },
  ulimit: { source: 'Bash manual 4.2', ...NOTHING_OPENED, style: 'words' },
  type: { source: 'Bash manual 4.2', ...NOTHING_OPENED, options: '-a, -f, -t, -p, -P' },
  cd: { source: 'Bash manual 4.1', operands: 'path', options: '-L, -P, -e, -@' },
  test: { source: 'test(1); what it looks at, it does not read', operands: 'path', style: 'words' },
  '[': { source: 'test(1); what it looks at, it does not read', operands: 'path', style: 'words' },
  which: { source: 'which(1), debianutils 5.7', ...NOTHING_OPENED, options: '-a --all, -s' },
  whereis: {
    source: 'whereis(1), util-linux 2.38',
    ...NOTHING_OPENED,
    options: '-b, -m, -s, -u, -l, -B =path, -M =path, -S =path, -f',
  },
  // ---- who and what is here
  date: {
    source: `date(1), ${COREUTILS}; -s sets the clock`,
    operands: 'data',
    options:
      '-d --date =data, --debug, -f --file =path, -I --iso-8601 [=data], -R --rfc-email, --rfc-3339 =data, -r --reference =path, ' +
      '-s --set =data !writes, -u --utc --universal',
  },
  hostname: {
    source: 'hostname(1), hostname 3.23: an operand sets the name',
    operands: 'data',
    options:
      '-a --alias, -A --all-fqdns, -d --domain, -f --fqdn --long, -F --file =path !writes, -i --ip-address, -I --all-ip-addresses, -s --short, -y --yp --nis',
  },
  uname: {
    source: `uname(1), ${COREUTILS}`,
    ...NOTHING_OPENED,
    options:
      '-a --all, -s --kernel-name, -n --nodename, -r --kernel-release, -v --kernel-version, -m --machine, -p --processor, -i --hardware-platform, -o --operating-system',
  },
  uptime: {
    source: 'uptime(1), procps 4.0',
    ...NOTHING_OPENED,
    options: '-p --pretty, -s --since',
  },
  whoami: { source: `whoami(1), ${COREUTILS}`, ...NOTHING_OPENED },
  id: {
    source: `id(1), ${COREUTILS}`,
    ...NOTHING_OPENED,
    options:
      '-a, -g --group, -G --groups, -n --name, -r --real, -u --user, -z --zero, -Z --context',
  },
  groups: { source: `groups(1), ${COREUTILS}`, ...NOTHING_OPENED },
  who: {
    source: `who(1), ${COREUTILS}`,
    operands: 'path data',
    options:
      '-a --all, -b --boot, -d --dead, -H --heading, -l --login, --lookup, -m, -p --process, -q --count, -r --runlevel, -s --short, -t --time, -T -w --mesg, -u --users',
  },
  w: {
    source: 'w(1), procps 4.0',
    ...NOTHING_OPENED,
    options: '-h --no-header, -u --no-current, -s --short, -f --from, -i --ip-addr, -o --old-style',
  },
  last: {
    source: 'last(1), util-linux 2.38',
    operands: 'data',
    options:
      '-a --hostlast, -d --dns, -f --file =path, -F --fulltimes, -i --ip, -n --limit =data, -p --present =data, -R --nohostname, -s --since =data, -t --until =data, -w --fullnames, -x --system',
  },
  getent: {
    source: 'getent(1), glibc 2.36',
    ...NOTHING_OPENED,
    options: '-i --no-idn, -s --service =data',
  },
  env: {
    source: 'env(1); with a command it is a wrapper',
    ...NOTHING_OPENED,
    options: '-0 --null',
  },
  printenv: { source: `printenv(1), ${COREUTILS}`, ...NOTHING_OPENED, options: '-0 --null' },
  nproc: { source: `nproc(1), ${COREUTILS}`, ...NOTHING_OPENED, options: '--all, --ignore =data' },
  lscpu: {
    source: 'lscpu(1), util-linux 2.38',
    ...NOTHING_OPENED,
    options:
      '-a --all, -b --online, -e --extended [=data], -J --json, -p --parse [=data], -s --sysroot =path',
  },
  lsblk: {
    source: 'lsblk(8), util-linux 2.38',
    operands: 'path',
    options:
      '-a --all, -b --bytes, -d --nodeps, -f --fs, -i --ascii, -J --json, -l --list, -m --perms, -n --noheadings, -o --output =data, -O --output-all, -p --paths, -P --pairs, -r --raw, -t --topology, -x --sort =data',
  },
  free: {
    source: 'free(1), procps 4.0',
    ...NOTHING_OPENED,
    options:
      '-b --bytes, -k --kibi, -m --mebi, -g --gibi, -h --human, -w --wide, -c --count =data, -s --seconds =data, -l --lohi, -t --total, --si',
  },
  vmstat: {
    source: 'vmstat(8), procps 4.0',
    ...NOTHING_OPENED,
    options:
      '-a --active, -f --forks, -m --slabs, -n --one-header, -s --stats, -d --disk, -D --disk-sum, -p --partition =data, -S --unit =data, -t --timestamp, -w --wide',
  },
  iostat: {
    source: 'iostat(1), sysstat 12.6',
    ...NOTHING_OPENED,
    options: '-c, -d, -h, -k, -m, -N, -p [=data], -s, -t, -V, -x, -y, -z, -o =data, -f =path',
  },
  // ---- processes
  ps: {
    source: 'ps(1), procps 4.0; options also come without a dash',
    operands: 'data',
    options:
      '-a, -A, -d, -e, -f, -F, -H, -j, -l, -L, -m, -M, -N, -T, -w, -y, -Z, -C =data, -g =data, -G =data, -o =data, -O =data, -p =data, -q =data, -s =data, -t =data, -u =data, -U =data, --pid =data, --ppid =data, --user =data, --User =data, --sort =data, --format =data, --forest, --headers, --no-headers, --cols =data, --width =data, --rows =data, --lines =data, --tty =data, --sid =data, --group =data, --Group =data, --deselect, --cumulative, --info',
  },
  pgrep: {
    source: 'pgrep(1), procps 4.0',
    operands: 'pattern',
    options:
      '-a --list-full, -c --count, -d --delimiter =data, -f --full, -g --pgroup =data, -G --group =data, -i --ignore-case, -l --list-name, -n --newest, -o --oldest, -O --older =data, -P --parent =data, -s --session =data, -t --terminal =data, -u --euid =data, -U --uid =data, -v --inverse, -x --exact, -F --pidfile =path, -L --logpidfile, -r --runstates =data',
  },
  pkill: {
    source: 'pgrep(1), procps 4.0; a signal may stand after a dash',
    operands: 'pattern',
    options:
      '-e --echo, -c --count, -f --full, -g --pgroup =data, -G --group =data, -i --ignore-case, -n --newest, -o --oldest, -P --parent =data, -s --session =data, -t --terminal =data, -u --euid =data, -U --uid =data, -x --exact, -F --pidfile =path, -q --queue =data, --signal =data',
  },
  kill: {
    source: 'Bash manual 7.2; kill(1)',
    operands: 'data',
    style: 'words',
    options: '-s =data, -n =data, -l, -L',
  },
  killall: {
    source: 'killall(1), psmisc 23.6',
    operands: 'pattern',
    options:
      '-e --exact, -I --ignore-case, -g --process-group, -i --interactive, -l --list, -q --quiet, -r --regexp, -s --signal =data, -u --user =data, -v --verbose, -w --wait, -y --younger-than =data, -o --older-than =data',
  },
  pstree: { source: 'pstree(1), psmisc 23.6', ...NOTHING_OPENED },
  top: {
    source: 'top(1), procps 4.0',
    ...NOTHING_OPENED,
    options:
      '-b, -c, -d =data, -E =data, -H, -i, -n =data, -o =data, -O, -p =data, -s, -S, -u =data, -U =data, -w [=data], -1',
  },
  nice: { source: 'nice(1); with a command it is a wrapper', ...NOTHING_OPENED },
  renice: {
    source: 'renice(1), util-linux 2.38',
    ...NOTHING_OPENED,
    options: '-n --priority =data, -p --pid, -g --pgrp, -u --user',
  },
  // ---- services and logs
  systemctl: {
    source:
      'systemctl(1) 252; operands are verbs and units, except after link, enable PATH and edit',
    operands: 'data',
    options:
      '-t --type =data, --state =data, -p --property =data, -P =data, -a --all, -r --recursive, --reverse, --after, --before, -l --full, --value, ' +
      '--show-types, --job-mode =data, --fail, -i --ignore-inhibitors, --dry-run, -q --quiet, --no-block, --wait, --user, --system, --no-wall, --global, ' +
      '--no-reload, --no-ask-password, --kill-whom =data, -s --signal =data, -f --force, --message =data, --now, --root =path, --image =path, --runtime, ' +
      '--preset-mode =data, -n --lines =data, -o --output =data, --firmware-setup, --plain, --timestamp =data, --no-legend, --no-pager, -H --host =program, -M --machine =program, -T --show-transaction',
  },
  service: {
    source: 'service(8), init-system-helpers 1.65',
    operands: 'data',
    options: '--status-all, --full-restart',
  },
  journalctl: {
    source: 'journalctl(1) 252; without --no-pager it starts one on a terminal',
    operands: 'data',
    options:
      '-a --all, -b --boot [=data], -c --cursor =data, --cursor-file =path !writes, --after-cursor =data, --case-sensitive [=data], -D --directory =path, ' +
      '--disk-usage, -e --pager-end, -f --follow, --facility =data, --field =data, -F =data, --file =path, --flush !writes, --force, -g --grep =pattern, --header, ' +
      '--image =path, -k --dmesg, --list-boots, --list-catalog, --dump-catalog, -m --merge, -M --machine =data, -n --lines [=data], -N --fields, --namespace =data, ' +
      '--no-full, --no-hostname, --no-pager, --no-tail, -o --output =data, --output-fields =data, -p --priority =data, -q --quiet, -r --reverse, --root =path, ' +
      '--rotate !writes, -S --since =data, --show-cursor, --sync !writes, --system, -t --identifier =data, -u --unit =data, --update-catalog !writes, -U --until =data, ' +
      '--user, --user-unit =data, --utc, --vacuum-files =data !writes, --vacuum-size =data !writes, --vacuum-time =data !writes, --verify, --verify-key =path, -x --catalog, -l --full, --setup-keys !writes',
  },
  dmesg: {
    source: 'dmesg(1), util-linux 2.38; -H starts a pager',
    operands: 'data',
    options:
      '-C --clear !writes, -c --read-clear !writes, -D --console-off !writes, -d --show-delta, -E --console-on !writes, -e --reltime, -F --file =path, -f --facility =data, -H --human !runs, -J --json, -k --kernel, -L --color [=data], -l --level =data, -n --console-level =data !writes, -P --nopager, -p --force-prefix, -r --raw, -S --syslog, -s --buffer-size =data, -T --ctime, -t --notime, --time-format =data, --since =data, --until =data, -u --userspace, -w --follow, -W --follow-new, -x --decode',
  },
  crontab: {
    source: 'crontab(1)',
    operands: 'path',
    options: '-u =data, -l, -e !runs, -r !writes, -i',
  },
  mount: {
    source: 'mount(8), util-linux 2.38',
    operands: 'path',
    options:
      '-a --all, -t --types =data, -o --options =data, -O --test-opts =data, -r --read-only, -w --rw, -B --bind, -R --rbind, -M --move, -v --verbose, -n --no-mtab, -f --fake, -L --label =data, -U --uuid =data, -T --fstab =path, -l --show-labels, -i --internal-only, -s, -N --namespace =data, -m --mkdir [=data]',
  },
  umount: {
    source: 'umount(8), util-linux 2.38',
    operands: 'path',
    options:
      '-a --all, -A --all-targets, -d --detach-loop, -f --force, -i --internal-only, -l --lazy, -n --no-mtab, -N --namespace =data, -O --test-opts =data, -q --quiet, -R --recursive, -r --read-only, -t --types =data, -v --verbose',
  },
  // ---- network
  ss: {
    source: 'ss(8), iproute2 6.1',
    operands: 'data',
    options:
      '-n --numeric, -r --resolve, -a --all, -l --listening, -o --options, -e --extended, -m --memory, -p --processes, -i --info, -s --summary, -t --tcp, -u --udp, -w --raw, -x --unix, -4 --ipv4, -6 --ipv6, -H --no-header, -O --oneline, -f --family =data, -A --query =data, -D --diag =path !writes, -F --filter =path, -K --kill !writes, -N --net =data, -Z --context',
  },
  netstat: { source: 'netstat(8), net-tools 2.10', ...NOTHING_OPENED },
  ping: {
    source: 'ping(8), iputils',
    operands: 'data',
    options:
      '-4, -6, -a, -A, -b, -B, -c =data, -D, -f, -F =data, -h, -i =data, -I =data, -l =data, -L, -m =data, -M =data, -n, -O, -p =data, -q, -Q =data, -r, -R, -s =data, -S =data, -t =data, -T =data, -v, -w =data, -W =data',
  },
  dig: {
    source: 'dig(1), bind 9.18; -f reads a batch of queries',
    operands: 'data',
    options:
      '-4, -6, -b =data, -c =data, -f =path, -i, -k =path, -m, -p =data, -q =data, -t =data, -u, -v, -x =data, -y =data',
  },
  host: {
    source: 'host(1), bind 9.18',
    operands: 'data',
    options:
      '-a, -A, -c =data, -C, -d, -l, -N =data, -p =data, -r, -R =data, -s, -t =data, -T, -U, -v, -V, -w, -W =data, -4, -6, -m =data',
  },
  curl: {
    source: 'curl(1) 7.88; -K reads any option from a file; @FILE in data is read',
    operands: 'data',
    options:
      '-K --config =path !runs, -o --output =path !writes, -O --remote-name !writes, --output-dir =path !writes, --create-dirs, -J --remote-header-name !writes, ' +
      '-D --dump-header =path !writes, -c --cookie-jar =path !writes, -b --cookie =path, -d --data =path, --data-raw =data, --data-binary =path, --data-urlencode =path, ' +
      '--json =path, -F --form =path, --form-string =data, -T --upload-file =path, -X --request =data, -H --header =path, -u --user =data, -A --user-agent =data, ' +
      '-e --referer =data, -L --location, -s --silent, -S --show-error, -f --fail, -i --include, -I --head, -k --insecure, -v --verbose, -x --proxy =data, ' +
      '-m --max-time =data, --connect-timeout =data, --retry =data, --retry-delay =data, --resolve =data, --connect-to =data, -w --write-out =path, -G --get, -E --cert =path, --key =path, ' +
      '--cacert =path, --capath =path, -4 --ipv4, -6 --ipv6, --http1.1, --http2, --compressed, -C --continue-at =data, -r --range =data, --limit-rate =data, -z --time-cond =path, ' +
      '-n --netrc, --netrc-file =path, --trace =path !writes, --trace-ascii =path !writes, --stderr =path !writes, --unix-socket =path, --libcurl =path !writes, -q --disable, -N --no-buffer, -# --progress-bar, --etag-save =path !writes, --etag-compare =path, --hsts =path !writes, --alt-svc =path !writes, --engine =program, --interface =data, --url =data, -Z --parallel, --max-redirs =data, --oauth2-bearer =data, --noproxy =data, -a --append, -l --list-only, -Q --quote =data, -B --use-ascii, -y --speed-time =data, -Y --speed-limit =data, -g --globoff, -p --proxytunnel, -U --proxy-user =data, -t --telnet-option =data, -P --ftp-port =data, -0 --http1.0, -1 --tlsv1, -2 --sslv2, -3 --sslv3, -M --manual, -R --remote-time, -j --junk-session-cookies, -h --help [=data], -V --version',
  },
  wget: {
    source: 'wget(1) 1.21; writes what it fetches into the directory',
    operands: 'data',
    options:
      '-e --execute =program, --use-askpass =program, --config =path !runs, -o --output-file =path !writes, -a --append-output =path !writes, -O --output-document =path !writes, ' +
      '-P --directory-prefix =path !writes, -i --input-file =path, --load-cookies =path, --save-cookies =path !writes, --post-file =path, --body-file =path, --post-data =data, --body-data =data, ' +
      '-q --quiet, -v --verbose, -nv --no-verbose, -b --background, -c --continue, -N --timestamping, -S --server-response, --spider, -T --timeout =data, -w --wait =data, -t --tries =data, ' +
      '-U --user-agent =data, --user =data, --password =data, --header =data, --method =data, --no-check-certificate, --ca-certificate =path, --certificate =path, --private-key =path, ' +
      '-r --recursive, -l --level =data, -k --convert-links, -K --backup-converted, -m --mirror, -p --page-requisites, -A --accept =data, -R --reject =data, -D --domains =data, -H --span-hosts, ' +
      '-L --relative, -np --no-parent, -nc --no-clobber, -nd --no-directories, -nH --no-host-directories, -x --force-directories, --cut-dirs =data, -4, -6, -E --adjust-extension, --warc-file =path !writes, --hsts-file =path !writes, --rejected-log =path !writes, --limit-rate =data, --max-redirect =data, --content-disposition !writes, -Q --quota =data, -B --base =data, -F --force-html, -I --include-directories =data, -X --exclude-directories =data',
  },
  // ---- programs whose first words are verbs
  git: {
    source:
      'git(1) 2.39 and its commands; -c, aliases, hooks, pagers, filters and transports run programs',
    operands: 'data',
    options:
      '-c =program !leading, --config-env =program, --exec-path [=program], -p --paginate !runs !leading, -C =path !moves !leading, ' +
      '--git-dir =path !runs, --work-tree =path, --namespace =data, --upload-pack =program, --receive-pack =program, --exec =program, -x !runs, ' +
      '-O --open-files-in-pager [=program], --ext-diff !runs, --textconv !runs, --template =path !runs, ' +
      '-o --output =path !writes, --output-directory =path !writes, --recurse-submodules !runs, --show-signature !runs, ' +
      '--oneline, --stat, --graph, --all, -m =data, -n =data, -v --verbose, -q --quiet, --no-pager, -P, --bare, -D, -d, -f --force, --name-only, ' +
      '--name-status, --cached, --staged, --format =data, --pretty =data, --since =data, --until =data, --author =data, --grep =data, ' +
      '--no-color, --color [=data], --short, --porcelain, --abbrev-commit, --decorate [=data], --no-ext-diff, --no-textconv, --numstat, ' +
      '--hard, --soft, --amend, --tags, --depth =data, -b, -a, -r, -s, -u, -w, -0, -1, -2, -3, -4, -5, -6, -7, -8, -9',
  },
  man: {
    source: 'man(1), man-db 2.11; -P, -H, -l and the roff options run or read what they are given',
    operands: 'data',
    options:
      '-P --pager =program, -H --html [=program], -l --local-file !runs, -C --config-file =path !runs, -M --manpath =path !runs, -E --encoding =data, -f --whatis, -k --apropos, -K --global-apropos, -w --where --path --location, ' +
      '-W --where-cat --location-cat, -a --all, -s --sections =data, -e --extension =data, -L --locale =data, -m --systems =data, -p --preprocessor =program, -r --prompt =data, -R --recode =data, -S =data, -t --troff !runs, -T --troff-device [=program], -X --gxditview [=program], -Z --ditroff !runs, -7 --ascii, -u --update, --regex, --wildcard, --names-only',
  },
  tcpdump: {
    source: 'tcpdump(8) 4.99; -z runs a program on every file written',
    operands: 'data',
    options:
      '-z =program, -w =path !writes, -r =path, -F =path, -V =path, -i --interface =data, -c =data, -C =data, -G =data, -W =data, -s --snapshot-length =data, -y =data, -E =data, -T =data, -Z --relinquish-privileges =data, -m =path, -M =data, -B --buffer-size =data, -j =data, -Q --direction =data, ' +
      '-A, -b, -d, -D, -e, -f, -h, -H, -I, -J, -K, -l, -L, -n, -N, -O, -p, -q, -S, -t, -u, -U, -v, -x, -X, -#',
  },
}
