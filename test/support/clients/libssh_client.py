"""Runs one command with libssh, as `ssh` would: see task.py for what it is told."""

import ctypes
import sys

from task import task

HOST, PORT, USER, KNOWN_HOSTS, PROCESS_CONFIG = 0, 1, 4, 8, 38
OK = 0
HOST_IS_KNOWN = 1

library = ctypes.CDLL(task['library'])
for name in ('ssh_new', 'ssh_channel_new'):
    getattr(library, name).restype = ctypes.c_void_p
for name in ('ssh_get_error', 'ssh_get_issue_banner'):
    getattr(library, name).restype = ctypes.c_char_p
session = ctypes.c_void_p(library.ssh_new())


def must(status, expected=OK):
    if status != expected:
        banner = library.ssh_get_issue_banner(session) or b''
        sys.stderr.buffer.write(banner + (library.ssh_get_error(session) or b'') + b'\n')
        sys.exit(255)


def read(channel, is_stderr, to):
    buffer = ctypes.create_string_buffer(65536)
    while (count := library.ssh_channel_read(channel, buffer, len(buffer), is_stderr)) > 0:
        to.buffer.write(buffer.raw[:count])
    to.flush()


def log_in():
    # Asks which methods there are, as programs do. libssh has heard by then what RSA may sign with.
    library.ssh_userauth_none(session, None)
    if task['agent']:
        return library.ssh_userauth_agent(session, None)
    key, certificate = ctypes.c_void_p(), ctypes.c_void_p()
    file = task['keyFile'].encode()
    must(library.ssh_pki_import_privkey_file(file, None, None, None, ctypes.byref(key)))
    must(library.ssh_pki_import_cert_file(file + b'-cert.pub', ctypes.byref(certificate)))
    must(library.ssh_pki_copy_cert_to_privkey(certificate, key))
    return library.ssh_userauth_publickey(session, None, key)


no = ctypes.c_bool(False)
port = ctypes.c_uint(task['port'])
library.ssh_options_set(session, PROCESS_CONFIG, ctypes.byref(no))
library.ssh_options_set(session, HOST, task['host'].encode())
library.ssh_options_set(session, PORT, ctypes.byref(port))
library.ssh_options_set(session, USER, task['user'].encode())
library.ssh_options_set(session, KNOWN_HOSTS, task['knownHosts'].encode())
must(library.ssh_connect(session))
must(library.ssh_session_is_known_server(session), HOST_IS_KNOWN)
must(log_in())
channel = ctypes.c_void_p(library.ssh_channel_new(session))
must(library.ssh_channel_open_session(channel))
if task['terminal']:
    must(library.ssh_channel_request_pty(channel))
must(library.ssh_channel_request_exec(channel, task['command'].encode()))
typed = sys.stdin.buffer.read()
if typed:
    library.ssh_channel_write(channel, typed, len(typed))
library.ssh_channel_send_eof(channel)
read(channel, 0, sys.stdout)
read(channel, 1, sys.stderr)
status = library.ssh_channel_get_exit_status(channel)
library.ssh_disconnect(session)
sys.exit(status)
