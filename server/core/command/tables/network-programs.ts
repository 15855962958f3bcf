/** Programs that speak to the network, and those whose first words are verbs. Sources: the manual pages of the versions named. */
import type { ProgramEntry } from './program-entry.ts'

const NOTHING_OPENED = { operands: 'data' } as const

export const NETWORK_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
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
