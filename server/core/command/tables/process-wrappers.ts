/** Wrappers that change how a process runs: its environment, limits, priority, terminal or network. */
import type { WrapperEntry } from './wrapper-entry.ts'

const NUMBER = /^-?\d+$/

/** setarch under the name of the architecture; each distribution links some of these. */
const ARCHITECTURES =
  'uname26 linux32 linux64 i386 i486 i586 i686 athlon x86_64 ia64 ppc ppc32 ppc64 s390 s390x sparc sparc64 mips mips64 parisc aarch64 arm armv7l'

export const PROCESS_WRAPPERS: Readonly<Record<string, WrapperEntry>> = {
  ...Object.fromEntries(
    ARCHITECTURES.split(' ').map((name): [string, WrapperEntry] => [
      name,
      { source: 'setarch(8), util-linux 2.38', options: setarchOptions(), alone: 'shell' },
    ]),
  ),
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
  prlimit: {
    source: 'prlimit(1), util-linux 2.38; `--pid 0` runs the command all the same',
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
  },
  choom: {
    source: 'choom(1), util-linux 2.38',
    options: ['-n --adjust =data', '-p --pid =data'],
    runsNothing: ['-p'],
    permutes: true,
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
  tini: {
    source: 'tini README 0.19',
    options: ['-s', '-g', '-w', '-v', '-p =data', '-e =data'],
  },
  'xvfb-run': {
    source:
      "xvfb-run(1); -s, -f and -e are left out: they name programs' arguments and files written",
    options: ['-a --auto-servernum', '-l --listen-tcp', '-n --server-num =data', '-w --wait =data'],
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
