/**
 * Programs and builtins that run the command named in their arguments. Each entry has the option grammar
 * by which the place of that command is found; an option that is not here makes the line opaque, because
 * a wrong guess about its value would shift the command by one word.
 */

export interface WrapperEntry {
  readonly source: string
  /** As `-u --user =data`; see option-grammar.ts. */
  readonly options?: readonly string[]
  /** Patterns that the words before the command must match, one each. */
  readonly operands?: readonly RegExp[]
  /** They stand before the options, or not at all (`setarch x86_64 -R ls`). */
  readonly operandsFirst?: true
  /** NAME=value words may stand before the command. */
  readonly takesAssignments?: true
  /** A single dash is an option (`env -` is `env -i`). */
  readonly takesDash?: true
  /** A number after a dash is an option (`nice -5`). */
  readonly takesNumbers?: true
  /** The options that say as whom, where, and which file is written. */
  readonly user?: readonly string[]
  readonly directory?: readonly string[]
  readonly writes?: readonly string[]
  /** With one of these the rest is no command (`command -v`, `taskset -p`). */
  readonly runsNothing?: readonly string[]
  /** With one of these a shell or an editor is started. */
  readonly startsShell?: readonly string[]
  /** Without a command a shell is started. */
  readonly alone?: 'shell'
  /** As whom when no option says: doas, sudo. */
  readonly defaultUser?: string
  /**
   * What runs is no longer what the name says (another root directory, another manager): the wrapper is
   * seen through, but needs a rule of its own.
   */
  readonly needsRule?: true
  /** The command does not run where the line stands. */
  readonly leavesDirectory?: true
}

const NUMBER = /^-?\d+$/

export const WRAPPERS: Readonly<Record<string, WrapperEntry>> = {
  command: {
    source: 'Bash manual 4.2; POSIX command(1)',
    options: ['-p', '-v', '-V'],
    runsNothing: ['-v', '-V'],
  },
  builtin: { source: 'Bash manual 4.2' },
  exec: { source: 'Bash manual 4.1', options: ['-c', '-l', '-a =data'] },
  env: {
    source: 'env(1), coreutils 9.1',
    options: [
      '-i --ignore-environment',
      '-u --unset =data',
      '-C --chdir =path',
      '-v --debug',
      '-0 --null',
      '--default-signal [=data]',
      '--ignore-signal [=data]',
      '--block-signal [=data]',
      '--list-signal-handling',
      '-S --split-string =program',
    ],
    takesAssignments: true,
    takesDash: true,
    directory: ['-C'],
    startsShell: ['-S'],
  },
  sudo: {
    source:
      'sudo(8) 1.9.13; -A, -R and -h are left out: they run a program, change the root, or take a value now and then',
    options: [
      '-b --background',
      '-B --bell',
      '-C --close-from =data',
      '-D --chdir =path',
      '-E',
      '--preserve-env [=data]',
      '-e --edit',
      '-g --group =data',
      '-H --set-home',
      '-i --login',
      '-K --remove-timestamp',
      '-k --reset-timestamp',
      '-l --list',
      '-N --no-update',
      '-n --non-interactive',
      '-P --preserve-groups',
      '-p --prompt =data',
      '-r --role =data',
      '-S --stdin',
      '-s --shell',
      '-t --type =data',
      '-T --command-timeout =data',
      '-U --other-user =data',
      '-u --user =data',
      '-V --version',
      '-v --validate',
    ],
    takesAssignments: true,
    user: ['-u'],
    directory: ['-D'],
    startsShell: ['-e', '-i', '-s'],
    runsNothing: ['-K', '-l', '-V', '-v'],
    defaultUser: 'root',
  },
  doas: {
    source: 'doas(1), OpenBSD 7.4',
    options: ['-L', '-n', '-s', '-u =data', '-C =path', '-a =data'],
    user: ['-u'],
    startsShell: ['-s'],
    runsNothing: ['-L', '-C'],
    defaultUser: 'root',
  },
  timeout: {
    source: 'timeout(1), coreutils 9.1',
    options: [
      '-k --kill-after =data',
      '-s --signal =data',
      '--foreground',
      '--preserve-status',
      '-v --verbose',
    ],
    operands: [/./],
  },
  nice: {
    source: 'nice(1), coreutils 9.1',
    options: ['-n --adjustment =data'],
    takesNumbers: true,
  },
  ionice: {
    source: 'ionice(1), util-linux 2.38',
    options: [
      '-c --class =data',
      '-n --classdata =data',
      '-t --ignore',
      '-p --pid =data',
      '-P --pgid =data',
      '-u --uid =data',
    ],
    runsNothing: ['-p', '-P', '-u'],
  },
  nohup: { source: 'nohup(1), coreutils 9.1' },
  setsid: {
    source: 'setsid(1), util-linux 2.38',
    options: ['-c --ctty', '-f --fork', '-w --wait'],
  },
  stdbuf: {
    source: 'stdbuf(1), coreutils 9.1',
    options: ['-i --input =data', '-o --output =data', '-e --error =data'],
  },
  chrt: {
    source: 'chrt(1), util-linux 2.38',
    options: [
      '-a --all-tasks',
      '-b --batch',
      '-d --deadline',
      '-f --fifo',
      '-i --idle',
      '-o --other',
      '-r --rr',
      '-R --reset-on-fork',
      '-T --sched-runtime =data',
      '-P --sched-period =data',
      '-D --sched-deadline =data',
      '-m --max',
      '-p --pid',
      '-v --verbose',
    ],
    operands: [NUMBER],
    runsNothing: ['-p', '-m'],
  },
  taskset: {
    source: 'taskset(1), util-linux 2.38',
    options: ['-a --all-tasks', '-c --cpu-list', '-p --pid'],
    operands: [/^(0x)?[0-9a-fA-F][0-9a-fA-F,:-]*$/],
    runsNothing: ['-p'],
  },
  setpriv: {
    source: 'setpriv(1), util-linux 2.38',
    options: [
      '--clear-groups',
      '--keep-groups',
      '--init-groups',
      '--groups =data',
      '-d --dump',
      '--nnp --no-new-privs',
      '--ambient-caps =data',
      '--inh-caps =data',
      '--bounding-set =data',
      '--pdeathsig =data',
      '--ruid =data',
      '--euid =data',
      '--rgid =data',
      '--egid =data',
      '--reuid =data',
      '--regid =data',
      '--reset-env',
      '--securebits =data',
    ],
    user: ['--reuid', '--ruid', '--euid'],
    runsNothing: ['-d'],
  },
  unshare: {
    source: 'unshare(1), util-linux 2.38',
    options: [
      '-m --mount [=data]',
      '-u --uts [=data]',
      '-i --ipc [=data]',
      '-n --net [=data]',
      '-p --pid [=data]',
      '-U --user [=data]',
      '-C --cgroup [=data]',
      '-T --time [=data]',
      '-f --fork',
      '-r --map-root-user',
      '-c --map-current-user',
      '--mount-proc [=path]',
      '--kill-child [=data]',
      '--propagation =data',
      '--setgroups =data',
      '--keep-caps',
      '-R --root =path',
      '-w --wd =path',
      '-S --setuid =data',
      '-G --setgid =data',
    ],
    user: ['-S'],
    directory: ['-w'],
    alone: 'shell',
    needsRule: true,
  },
  chroot: {
    source: 'chroot(1), coreutils 9.1',
    options: ['--groups =data', '--userspec =data', '--skip-chdir'],
    operands: [/./],
    user: ['--userspec'],
    alone: 'shell',
    needsRule: true,
    leavesDirectory: true,
  },
  prlimit: {
    source: 'prlimit(1), util-linux 2.38',
    options: [
      '-p --pid =data',
      '-o --output =data',
      '--noheadings',
      '--raw',
      '--verbose',
      '-c --core [=data]',
      '-d --data [=data]',
      '-e --nice [=data]',
      '-f --fsize [=data]',
      '-i --sigpending [=data]',
      '-l --memlock [=data]',
      '-m --rss [=data]',
      '-n --nofile [=data]',
      '-q --msgqueue [=data]',
      '-r --rtprio [=data]',
      '-s --stack [=data]',
      '-t --cpu [=data]',
      '-u --nproc [=data]',
      '-v --as [=data]',
      '-x --locks [=data]',
      '-y --rttime [=data]',
    ],
    runsNothing: ['-p'],
  },
  choom: {
    source: 'choom(1), util-linux 2.38',
    options: ['-n --adjust =data', '-p --pid =data'],
    runsNothing: ['-p'],
  },
  setarch: {
    source: 'setarch(8), util-linux 2.38',
    options: setarchOptions(),
    operands: [
      /^(uname26|linux32|linux64|i[3-6]86|x86_64|aarch64|armv\w+|ppc\w*|s390x?|sparc\w*|mips\w*|riscv\d+)$/,
    ],
    operandsFirst: true,
    alone: 'shell',
  },
  linux32: { source: 'setarch(8), util-linux 2.38', options: setarchOptions(), alone: 'shell' },
  linux64: { source: 'setarch(8), util-linux 2.38', options: setarchOptions(), alone: 'shell' },
  'systemd-run': {
    source: 'systemd-run(1) 252; -p can set ExecStartPre=, -H and -M run elsewhere: left out',
    options: [
      '--scope',
      '-u --unit =data',
      '--description =data',
      '--slice =data',
      '-r --remain-after-exit',
      '--send-sighup',
      '--service-type =data',
      '--uid =data',
      '--gid =data',
      '--nice =data',
      '--working-directory =path',
      '-d --same-dir',
      '-E --setenv =data',
      '-t --pty',
      '-P --pipe',
      '-q --quiet',
      '--on-active =data',
      '--on-boot =data',
      '--on-calendar =data',
      '--no-block',
      '--wait',
      '-G --collect',
      '--user',
      '--system',
      '--no-ask-password',
      '-S --shell',
    ],
    user: ['--uid'],
    directory: ['--working-directory'],
    startsShell: ['-S'],
    defaultUser: 'root',
    leavesDirectory: true,
    needsRule: true,
  },
  'dumb-init': {
    source: 'dumb-init README 1.2',
    options: ['-c --single-child', '-v --verbose', '-r --rewrite =data'],
  },
  tini: {
    source: 'tini README 0.19',
    options: ['-s', '-g', '-w', '-v', '-p =data', '-e =data'],
  },
  'xvfb-run': {
    source:
      "xvfb-run(1); -s, -f and -e are left out: they name programs' arguments and files written",
    options: ['-a --auto-servernum', '-l --listen-tcp', '-n --server-num =data', '-w --wait =data'],
  },
  fakeroot: {
    source: 'fakeroot(1) 1.31; -l, -f and -b are left out: they name libraries and programs',
    options: ['-u --unknown-is-real'],
    alone: 'shell',
  },
  unbuffer: { source: 'unbuffer(1), expect 5.45', options: ['-p'] },
  torsocks: {
    source: 'torsocks(1) 2.4',
    options: ['-d --debug', '-i --isolate', '-q --quiet'],
    alone: 'shell',
  },
  proxychains: { source: 'proxychains(1) 3.1', options: ['-q'] },
  proxychains4: {
    source: 'proxychains4(1) 4.16; -f is left out: it names a configuration file',
    options: ['-q'],
  },
  eatmydata: { source: 'eatmydata(1) 130' },
  catchsegv: { source: 'catchsegv(1), glibc 2.33' },
  time: {
    source: 'time(1), GNU time 1.9 (the program; the reserved word is syntax)',
    options: [
      '-a --append',
      '-f --format =data',
      '-o --output =path',
      '-p --portability',
      '-v --verbose',
      '-q --quiet',
    ],
    writes: ['-o'],
  },
}

function setarchOptions(): readonly string[] {
  return [
    '-B --32bit',
    '-F --fdpic-funcptrs',
    '-I --short-inode',
    '-L --addr-compat-layout',
    '-R --addr-no-randomize',
    '-S --whole-seconds',
    '-T --sticky-timeouts',
    '-X --read-implies-exec',
    '-Z --mmap-page-zero',
    '-3 --3gb',
    '--4gb',
    '--uname-2.6',
    '-v --verbose',
  ]
}
