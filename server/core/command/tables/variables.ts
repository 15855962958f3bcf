/**
 * Variables whose value decides which programs run, what later words mean, or what an ordinary program
 * does besides its arguments. Assigning one is not read through; it makes the line opaque.
 */

interface VariableGroup {
  readonly source: string
  readonly names: string
  /** Every name that begins so. */
  readonly prefixes?: string
}

const GROUPS: readonly VariableGroup[] = [
  {
    source:
      'Bash manual 5.1 and 5.2 (Bourne Shell Variables, Bash Variables); what the shell itself obeys',
    names:
      'PATH IFS ENV CDPATH HOME MAIL MAILPATH MAILCHECK OPTIND OPTERR PS0 PS1 PS2 PS3 PS4 PROMPT_COMMAND ' +
      'SHELL SHELLOPTS BASHOPTS BASH_ENV BASH_COMPAT BASH_CMDS BASH_ALIASES BASH_LOADABLES_PATH ' +
      'BASH_XTRACEFD BASH_ARGV0 POSIXLY_CORRECT EXECIGNORE GLOBIGNORE GLOBSORT FCEDIT FIGNORE FUNCNEST ' +
      'HISTFILE HISTCONTROL HISTTIMEFORMAT HISTCMD HISTIGNORE HISTSIZE HISTFILESIZE IGNOREEOF INPUTRC ' +
      'LINENO RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME BASHPID UID EUID PPID CHILD_MAX TMOUT ' +
      'COLUMNS LINES DIRSTACK GROUPS PIPESTATUS TIMEFORMAT TMPDIR PROMPT_DIRTRIM PWD OLDPWD SHLVL',
    prefixes: 'BASH_FUNC_ BASH_ COMP_ READLINE_ HIST',
  },
  {
    source: 'ld.so(8), ld-musl(1), dyld(1), malloc hooks of glibc, locale(7), gconv, gettext(3)',
    names:
      'LIBPATH GCONV_PATH LOCPATH NLSPATH LANG LANGUAGE HOSTALIASES RES_OPTIONS MALLOC_TRACE TEXTDOMAIN TEXTDOMAINDIR TZ TZDIR',
    prefixes: 'LD_ DYLD_ _RLD GLIBC_ MALLOC_ LC_ GETCONF_',
  },
  {
    source:
      'environ(7); the manual pages of less, man, git, sudo, systemd and others that start what these name',
    names:
      'PAGER MANPAGER MANOPT MANPATH MANROFFOPT LESS LESSOPEN LESSCLOSE LESSEDIT LESSKEY EDITOR VISUAL SUDO_EDITOR ' +
      'SELECTOR BROWSER SSH_ASKPASS SSH_ASKPASS_REQUIRE SUDO_ASKPASS TERM TERMINFO TERMCAP TERMINFO_DIRS DISPLAY ' +
      'RIPGREP_CONFIG_PATH LS_COLORS GREP_OPTIONS GREP_COLORS TAR_OPTIONS RSYNC_RSH RSYNC_OLD_ARGS CVS_RSH ' +
      'MAKEFLAGS GNUMAKEFLAGS MFLAGS DOCKER_HOST DOCKER_CONFIG KUBECONFIG KUBE_EDITOR CURL_HOME WGETRC ' +
      'http_proxy https_proxy ftp_proxy all_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY no_proxy NO_PROXY ' +
      'PARALLEL XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR DEBEMAIL ' +
      'OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE ' +
      'NETRC PSQLRC PSQL_EDITOR PSQL_PAGER PSQL_HISTORY PGSERVICEFILE MYSQL_HISTFILE SQLITE_HISTORY VIMINIT EXINIT GVIMINIT VIM VIMRUNTIME ' +
      'ANSIBLE_CONFIG AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_PAGER SYSTEMD_EDITOR SYSTEMD_PAGER SYSTEMD_LESS SYSTEMD_PAGERSECURE',
    prefixes: 'GIT_ SSH_ DEBUGINFOD SYSTEMD_ ANSIBLE_',
  },
  {
    source:
      'perlrun(1), python(1), ruby(1), node(1), java(1), lua(1), awk(1), npm-config(7): options through the environment',
    names:
      'JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS CLASSPATH NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE ' +
      'RUBYOPT RUBYLIB AWKPATH AWKLIBPATH BC_ENV_ARGS PHPRC PHP_INI_SCAN_DIR GOFLAGS RUSTC RUSTC_WRAPPER CARGO_HOME CC CXX LD',
    prefixes: 'PERL PYTHON LUA_ NPM_CONFIG npm_config_ PIP_ DOTNET_ COMPlus_ CORECLR_',
  },
]

const NAMES = new Set(GROUPS.flatMap(group => group.names.split(' ')))
const PREFIXES = GROUPS.flatMap(group => group.prefixes?.split(' ') ?? [])

/** Values that are what everybody sets, and that choose nothing but a language or a clock. */
const HARMLESS_VALUES: readonly { readonly names: RegExp; readonly values: RegExp }[] = [
  // An 8-bit locale may count other bytes as blanks (bash, locale_setblanks): only ASCII and UTF-8 ones.
  { names: /^(LANG|LANGUAGE|LC_[A-Z]+)$/, values: /^(C|POSIX|[A-Za-z]+(_[A-Z]+)?\.(UTF-8|utf8))$/ },
  { names: /^TZ$/, values: /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z][A-Za-z0-9_+-]*){0,2}$/ },
  { names: /^(COLUMNS|LINES|HISTSIZE|TMOUT)$/, values: /^\d+$/ },
  { names: /^TERM$/, values: /^(dumb|linux|vt100|xterm|xterm-256color|screen|tmux-256color)$/ },
  {
    names: /^(PAGER|MANPAGER|GIT_PAGER|SYSTEMD_PAGER|AWS_PAGER|PSQL_PAGER)$/,
    values: /^(cat|\/bin\/cat)?$/,
  },
]

/** True when giving `name` this value changes more than a value that the line itself uses; null is any value. */
export function isMeaningful(name: string, value: string | null = null): boolean {
  const isListed = NAMES.has(name) || PREFIXES.some(prefix => name.startsWith(prefix))
  if (!isListed || value === null) return isListed
  return !HARMLESS_VALUES.some(({ names, values }) => names.test(name) && values.test(value))
}
