/** Programs that show or change the system. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from './program-entry.ts'

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
}
