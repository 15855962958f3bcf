/**
 * Programs that can do more than their operands show. A deny-list built on this is a guard-rail, not a
 * wall: it says what is known, and a program that is not here may still have a way.
 */
import type { Category } from './program-entry.ts'

interface Group {
  readonly source: string
  readonly categories: readonly Category[]
  readonly names: string
}

const GROUPS: readonly Group[] = [
  {
    source:
      'GTFOBins (gtfobins.github.io), 2026-04-20: programs listed with the functions shell, command, inherit, ' +
      'library-load, reverse-shell, bind-shell or privilege-escalation, and their aliases; names only',
    categories: ['runs-others'],
    names:
      'R aa-exec acr agetty ansible-playbook ansible-test aoss apport-cli apt apt-get aptitude ' +
      'arch-nspawn aria2c ash asterisk at autoconf autoheader autoreconf awk aws bash bashbug ' +
      'batcat bconsole bee borg bpftrace bundle bundler busctl busybox byebug c89 c99 cabal ' +
      'capsh cargo cc cdist certbot chattr check_by_ssh check_ssl_cert choom chroot chrt clisp ' +
      'cmake cobc code codex composer cowsay cowthink cpan cpio cpulimit crash crontab csh ' +
      'csvtool ctr curl dash dc debugfs dhclient distcc dmesg dmsetup dnf dnsmasq doas docker ' +
      'dotnet dpkg dstat dvips easy_install easyrsa eb ed elvish emacs enscript env ex exiftool ' +
      'expect facter fail2ban-client fastfetch ffmpeg find firejail fish flock forge ftp fzf ' +
      'g++ gawk gcc gcloud gdb gem genie getent ghc ghci gimp ginsh git gnuplot go grc gtester ' +
      'guile hg hping3 iftop install ionice irb ispell java jjs joe journalctl jrunscript ' +
      'jshell jtag julia knife ksh ksu kubectl latex latexmk ld.so ldconfig less lftp loginctl ' +
      'logrotate logsave ltrace lua lualatex luatex lxd m4 mail make man mawk minicom more ' +
      'mosh-server mount msfconsole msgfilter multitime mysql nano nawk nc ncdu ncftp ' +
      'needrestart neofetch nginx nice nmap node nohup npm nroff nsenter nvim octave opencode ' +
      'openssl openvpn openvt opkg pandoc passwd pdb pdflatex pdftex perf perl perlbug pexec pg ' +
      'php pic pico pidstat pip pipx pkexec pkg plymouth podman poetry posh procmail pry psftp ' +
      'psql puppet pwsh python rake ranger rc red restic rlwrap rpm rpmdb rpmquery rpmverify ' +
      'rsync rsyslogd rtorrent ruby run-mailcap run-parts runscript rustc rustup rview rvim ' +
      'sash scanmem scp screen script scrot sed service setarch setcap setfacl setlock sftp sg ' +
      'slsh smbclient snap socat socket softlimit split sqlite3 sqlmap ssh ssh-agent ssh-keygen ' +
      'sshfs sshpass sshuttle start-stop-daemon stdbuf strace su sudo sysctl systemctl systemd- ' +
      'resolve systemd-run tar task taskset tasksh tclsh tcpdump tcsh tdbtool telnet tex time ' +
      'timedatectl timeout tmate tmux top torify torsocks tshark unshare unsquashfs unzip uv ' +
      'vagrant valgrind vi view vigr vim vimdiff vipw virsh volatility watch wg-quick wget ' +
      'wireshark wish xargs xdg-user-dir xdotool xelatex xetex yarn yash yt-dlp yum zathura zic ' +
      'zip zless zsh zypper',
  },
  {
    source:
      'their manual pages: the arguments or the input are a program in a language that can start programs',
    categories: ['interpreter', 'runs-others'],
    names:
      'awk gawk mawk nawk original-awk goawk python pypy perl ruby irb jruby node nodejs deno ' +
      'bun php lua luajit tclsh wish expect R Rscript julia ghc ghci runghc runhaskell groovy ' +
      'scala jshell jjs jrunscript java osascript guile racket sbcl clisp ecl gst swipl erl ' +
      'elixir iex ocaml ed red ex gdb lldb octave gnuplot maxima bc dc m4 gawk busybox toybox ' +
      'make gmake cmake ninja meson rake ant gradle mvn sbt just task psql mysql ' +
      'mariadb sqlite3 mongo mongosh redis-cli cqlsh ipython jupyter pry byebug pdb tcc crystal ' +
      'nim dart kotlin kotlinc swift zig',
  },
  {
    source: 'their manual pages: command interpreters',
    categories: ['shell', 'runs-others'],
    names:
      'sh bash dash ash rbash zsh rzsh ksh ksh93 mksh pdksh oksh loksh lksh rksh fish csh tcsh ' +
      'rc es elvish nu nush xonsh pwsh powershell yash osh ysh hush sash posh slsh scsh ion ' +
      'murex tasksh',
  },
  {
    source:
      'less(1), more(1), vi(1), nano(1), emacs(1), info(1), man(1) and others: a key or an ex command starts a shell',
    categories: ['escapes', 'runs-others'],
    names:
      'less zless xzless bzless lzless zstdless more zmore xzmore most pg man info pinfo vi vim ' +
      'vimdiff view nvim rvim rview gvim vimtutor ex nano rnano pico emacs emacsclient jed joe ' +
      'jstar jmacs jpico rjoe mcedit mc mcview micro kak kakoune hx helix ne ed red tig ' +
      'lazygit ranger nnn lf vifm ncdu top htop atop iftop mutt neomutt alpine pine lynx links ' +
      'elinks w3m ftp sftp lftp ncftp telnet gdb lldb dialog whiptail fzf sk peco systemctl ' +
      'journalctl loginctl timedatectl hostnamectl localectl networkctl machinectl coredumpctl ' +
      'git crontab visudo vipw vigr sudoedit psql mysql mariadb sqlite3 screen tmux byobu bat ' +
      'batcat delta rlwrap watch mail mailx aptitude',
  },
  {
    source:
      'their manual pages: what these run is not where the line stands, or not in the line: opaque unless a rule names them',
    categories: ['opaque', 'runs-others'],
    names:
      'ssh autossh mosh sshpass slogin rsh rlogin rexec su runuser sg newgrp pkexec run0 script ' +
      'scriptreplay flock setlock watch entr inotifywait parallel sem rush nsenter ' +
      'docker podman nerdctl buildah crictl ctr kubectl oc helm k9s lxc lxc-attach lxc-execute ' +
      'lxd incus machinectl systemd-nspawn arch-nspawn virsh vagrant busybox toybox strace ' +
      'ltrace gdb lldb valgrind perf bpftrace tmux screen byobu tmate dtach abduco zellij at ' +
      'batch crontab systemd-run start-stop-daemon run-parts runcon ansible ansible-playbook ' +
      'salt salt-call salt-ssh puppet chef knife fab cap pdsh clush dsh apt apt-get aptitude ' +
      'dpkg dnf yum microdnf rpm zypper apk pacman emerge xbps-install opkg snap flatpak brew ' +
      'nix nix-env nix-shell nix-build guix conda mamba micromamba pip pip3 pipx uv uvx poetry ' +
      'npm npx yarn pnpm bunx gem bundle bundler cargo rustup go composer cpan cpanm luarocks ' +
      'opam cabal stack mix rebar3 easy_install mise asdf direnv make gmake cmake ninja meson ' +
      'rake ant gradle mvn sbt service init telinit initctl rc-service logrotate anacron ' +
      'chpasswd unbuffer expect socat nc ncat netcat torify proot bwrap firejail capsh env- ' +
      'update switch_root pivot_root',
  },
  {
    source: 'their manual pages: send or fetch over the network',
    categories: ['network'],
    names:
      'curl wget aria2c axel httpie http https lynx links elinks w3m ftp sftp lftp ncftp tftp ' +
      'scp rsync ssh rcp telnet nc ncat netcat socat nmap masscan hping3 ping ping6 traceroute ' +
      'tracepath mtr dig host nslookup drill whois git hg svn bzr cvs fossil docker podman ' +
      'kubectl helm aws gcloud gsutil az doctl linode-cli rclone s3cmd s4cmd mc restic borg ' +
      'duplicity mail mailx sendmail msmtp swaks openssl openvpn wg wg-quick sshuttle smbclient ' +
      'mysql mariadb psql redis-cli mongo mongosh mysqldump pg_dump pg_dumpall sqlcmd cqlsh ' +
      'influx ldapsearch ldapmodify snmpget snmpwalk finger rsh rlogin telnet yt-dlp youtube-dl',
  },
]

/** What each catalogued program can do, by its bare name. */
export const CAPABLE_PROGRAMS: ReadonlyMap<string, readonly Category[]> = collect()

function collect(): ReadonlyMap<string, readonly Category[]> {
  const found = new Map<string, Set<Category>>()
  for (const { categories, names } of GROUPS) {
    for (const name of names.split(' ')) {
      found.set(name, new Set([...(found.get(name) ?? []), ...categories]))
    }
  }
  return new Map([...found].map(([name, categories]) => [name, [...categories]]))
}
