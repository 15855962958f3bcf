import { type ChildProcess, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { environmentOf, type Origin, startProgram } from './programs.ts'
import {
  type Cannot,
  each,
  type Found,
  here,
  type Inabilities,
  isBefore,
  missing,
  type RealClient,
  type Task,
} from './real-client.ts'

/** The distribution's own, which sees the distribution's packages; the newer clients bring theirs. */
function pythonOf(origin: Origin): string {
  return origin.is === 'here' ? 'python3.13' : '/usr/bin/python3'
}

/** Bytecode would be written into the checkout; what the newer clients need of it lies beside them. */
function bytecodeOf(origin: Origin): NodeJS.ProcessEnv {
  return origin.is === 'here'
    ? { PYTHONPYCACHEPREFIX: join(origin.programs, '../bytecode'), PYTHONDONTWRITEBYTECODE: '' }
    : { PYTHONDONTWRITEBYTECODE: '1' }
}

export function paramiko(origin: Origin): RealClient {
  return {
    name: 'paramiko',
    knowsHostBy: 'host key',
    find: () => findModule(origin, 'paramiko'),
    cannot: version =>
      isBefore(version, '3')
        ? {}
        : each(['sk-ed25519', 'sk-ecdsa'], { says: /AttributeError: public_blob$/m }),
    start: task => startPython(origin, task, 'paramiko_client.py', task.hosts.byKey),
  }
}

export function asyncssh(origin: Origin): RealClient {
  return {
    name: 'asyncssh',
    knowsHostBy: 'host CA',
    find: () => findModule(origin, 'asyncssh'),
    cannot: version =>
      isBefore(version, '2.20') ? each(NAMED_AS_PLAIN_KEYS, { says: /Permission denied/ }) : {},
    start: task => startPython(origin, task, 'asyncssh_client.py', task.hosts.byCa),
  }
}

/** asyncssh 2.10 offers these certificates by the name of the plain key, which sshd refuses as well. */
const NAMED_AS_PLAIN_KEYS = ['rsa-sha2-256', 'rsa-sha2-512', 'sk-ed25519', 'sk-ecdsa'] as const

export function libssh(origin: Origin): RealClient {
  return {
    name: 'libssh',
    knowsHostBy: 'host key',
    find: () => findLibrary(origin, 'libssh.so.4', 'ssh_version'),
    cannot: () => ({
      'rsa-sha2-256': ONLY_SHA_512,
      // It does not find this name in its own list of what it may use.
      'sk-ed25519': { says: /'sk-ssh-ed25519-cert-v01@openssh.com' is not allowed to be used/ },
      jump: NO_JUMP,
    }),
    start: task => startPython(origin, task, 'libssh_client.py', task.hosts.byKey, 'libssh.so.4'),
  }
}

export function libssh2(origin: Origin): RealClient {
  return {
    name: 'libssh2',
    knowsHostBy: 'host key',
    find: () => findLibrary(origin, 'libssh2.so.1', 'libssh2_version'),
    cannot: version => ({
      'rsa-sha2-256': ONLY_SHA_512,
      // From its agent's signature it drops the flags and the counter.
      ...each(['sk-ed25519', 'sk-ecdsa'], { says: /^Invalid signature for supplied public key/m }),
      jump: NO_JUMP,
      ...(isBefore(version, '1.11') ? ONLY_ECDSA : {}),
    }),
    start: task => startPython(origin, task, 'libssh2_client.py', task.hosts.byKey, 'libssh2.so.1'),
  }
}

/** Of certificates, libssh2 1.10 knows those of ECDSA keys. */
const ONLY_ECDSA: Inabilities = {
  ed25519: { says: /^Callback returned error$/m },
  'rsa-sha2-512': { says: /^Username\/PublicKey combination invalid$/m },
}
const ONLY_SHA_512: Cannot = { because: 'it signs with rsa-sha2-512 wherever it may' }
const NO_JUMP: Cannot = { because: 'not tried: the program that uses the library has to do it' }

function startPython(
  origin: Origin,
  task: Task,
  script: string,
  knownHosts: string,
  library?: string,
): ChildProcess {
  const { host, port, user, key, command, terminal, jump } = task
  const told = {
    host,
    port,
    user,
    command,
    terminal,
    jump,
    knownHosts,
    key: key.name,
    keyFile: key.file,
    agent: key.agent,
    library: library === undefined ? null : locate(origin, library),
  }
  const words = ['-W', 'ignore', join(import.meta.dirname, script), JSON.stringify(told)]
  return startProgram(origin, task, pythonOf(origin), words, bytecodeOf(origin))
}

function findModule(origin: Origin, name: string): Found {
  return askPython(origin, `import ${name}; print(${name}.__version__)`)
}

function findLibrary(origin: Origin, library: string, version: string): Found {
  const script = `import ctypes
call = ctypes.CDLL(${JSON.stringify(locate(origin, library))}).${version}
call.restype = ctypes.c_char_p
print(call(0).decode().split('/')[0])`
  return askPython(origin, script)
}

function askPython(origin: Origin, script: string): Found {
  if (origin.is === 'missing') return missing(origin.why)
  const options = {
    env: { ...environmentOf(origin), ...bytecodeOf(origin) },
    encoding: 'utf8',
  } as const
  const words = ['-W', 'ignore', '-c', script]
  const { status, stdout, stderr, error } = spawnSync(pythonOf(origin), words, options)
  if (status === 0) return here(stdout.trim())
  return missing(error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no reason given')
}

function locate(origin: Origin, library: string): string {
  return origin.is === 'here' ? join(origin.libraries, library) : library
}
