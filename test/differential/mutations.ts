/** Ordinary lines with something changed: what an honest line becomes on its way to a dishonest one. */
import type { Random } from './random.ts'

const ORDINARY: readonly string[] = [
  'ls -la /etc',
  'cat file.txt | grep -v "^#" | sort -u > out.txt',
  'ps aux | grep nginx | head -5',
  'find . -maxdepth 1 -name "*.log" -exec rm -f {} \\;',
  'find . -maxdepth 0 -type d -exec ls -d {} +',
  'for f in a b c; do echo "$f"; ls "$f"; done',
  'while read -r line; do echo "$line"; done < /etc/hosts',
  'if [ -f /etc/hosts ]; then cat /etc/hosts; else echo none; fi',
  'tar czf out.tgz dir 2>/dev/null || echo failed',
  'sudo systemctl restart nginx && sudo systemctl status nginx',
  'cd /tmp && ls -l && pwd',
  'cd /usr; cmd1 a',
  'cd /usr && cd bin && cmd1 a',
  'cd /usr || exit 1; cmd1 x',
  'if cd /etc; then cmd1 x; fi; cmd2',
  'for d in /usr /etc; do cd $d; cmd1 x; done; cmd2',
  'env -C /usr cmd1 x',
  'pushd /usr > out; cmd1; popd; cmd2',
  'go() { cd /etc; }; go; cmd1',
  '(cd /usr && cmd1) && cmd2',
  'echo "hello $USER" >> log',
  "awk '{print $1}' file | sort | uniq -c | sort -rn",
  "sed -e 's/a/b/g' -e '/x/d' file",
  'curl -s http://localhost/health | grep ok',
  'docker ps --format "{{.Names}}"',
  'git log --oneline -5',
  'tail -n 100 /var/log/syslog | grep -i error',
  'env FOO=bar BAZ=1 cmd1 --flag value',
  'timeout 10 cmd2 --opt=1 -x',
  'nice -n 10 cmd3 a b',
  'nohup cmd1 > out 2>&1 &',
  'echo a b c | xargs -n 1 cmd1',
  'bash -c \'ls "$1"; id\' _ x',
  "sh -c 'cmd1; cmd2 && cmd3'",
  'x=$(date); echo "$x"',
  'x=1; y=2; echo $((x + y))',
  'kill -0 $$ && echo alive',
  'mkdir -p a/b && touch a/b/c && rm -r a',
  'cat <<EOF\nhello $USER\nEOF',
  "cat <<'EOF' > out\nraw $x\nEOF",
  'case $1 in start) cmd1;; stop) cmd2;; *) cmd3;; esac',
  'f() { ls "$@"; }; f a b',
  'diff <(ls a) <(ls b)',
  'test -d /tmp && echo yes || echo no',
  '[[ -n $HOME && $HOME == /* ]] && ls "$HOME"',
  'printf "%s\\n" a b c',
  'ls *.txt ~/x',
  'echo ${HOME%/*} ${USER:-nobody}',
  '(cd /tmp; ls); pwd',
  '{ id; whoami; } > out 2>&1',
  'export FOO=bar; cmd1',
  'time ls -R',
  '! grep -q root /etc/passwd',
  'cmd1 < /etc/hosts > out 2> err',
  'cmd1 |& tee out',
  'cmd1 &> out',
  'for i in {1..3}; do cmd1 $i; done',
  'for ((i = 0; i < 2; i++)); do cmd1 $i; done',
  'i=0; while [ $i -lt 2 ]; do i=$((i+1)); cmd1 $i; done',
  'echo `id` "$(whoami)"',
  'wc -l < /etc/hosts',
  'cmd1 "a b" \'c d\' e\\ f',
  'command -v ls',
  "trap 'rm -f x' EXIT; cmd1",
  'eval "cmd1 a"',
  'setsid -w cmd2 x',
  'stdbuf -oL cmd1 | tee out',
  'echo "a;b|c&d" \'$(id)\'',
  'ls a; ls b; ls c',
  'find . -maxdepth 0 -exec sh -c \'cmd1 "$1"\' _ {} \\;',
]

const INSERTS: readonly string[] = [
  '\\',
  '"',
  "'",
  '`',
  '$',
  '(',
  ')',
  '{',
  '}',
  ';',
  '&',
  '|',
  '<',
  '>',
  '#',
  '!',
  '~',
  '*',
  '=',
  ' ',
  '\t',
  '\n',
  '\\\n',
  '-',
  '+',
  ',',
  '..',
  '$(pwned)',
  '`pwned`',
  ';pwned',
  '&pwned',
  '|pwned',
  '\npwned\n',
  '$(',
  '${',
  '$((',
  '))',
  "$'",
  '$"',
  '<<E\n',
  '<(',
  '>(',
  '>&',
  '<&-',
  '&>',
  '2>',
  '{a,b}',
  '[0]',
  '@(',
  '{fd}>',
  ' pwned',
  ' -exec pwned',
  ' -- ',
  ' ! ',
  ' time ',
  ' { ',
  ' } ',
  'v=1 ',
  ' in ',
  ' do ',
  ' <<<x ',
]

export function mutatedLine(random: Random): string {
  let line = random.pick(ORDINARY)
  if (random.chance(0.15))
    line += random.pick(['; ', ' && ', ' | ', '\n', ' & ']) + random.pick(ORDINARY)
  const count = random.pick([0, 1, 1, 1, 1, 2, 2, 3])
  for (let n = 0; n < count; n += 1) line = mutate(line, random)
  return line
}

/** One change somewhere in the line. */
export function mutate(line: string, random: Random): string {
  const at = random.below(line.length + 1)
  switch (random.below(6)) {
    case 0:
      return line.slice(0, at) + line.slice(at + 1)
    case 1: {
      const end = at + random.below(8)
      return line.slice(0, at) + line.slice(end)
    }
    case 2: {
      const other = random.pick(ORDINARY)
      return line.slice(0, at) + other.slice(random.below(other.length))
    }
    case 3: {
      const words = line.split(' ')
      const from = random.below(words.length)
      const to = random.below(words.length)
      const moved = words[from] ?? ''
      words[from] = words[to] ?? ''
      words[to] = moved
      return words.join(' ')
    }
    default:
      return line.slice(0, at) + random.pick(INSERTS) + line.slice(at)
  }
}
