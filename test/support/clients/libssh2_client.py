"""Runs one command with libssh2, as `ssh` would: see task.py for what it is told."""

import base64
import ctypes
import socket
import sys

from task import task

library = ctypes.CDLL(task['library'])
for name in ('libssh2_session_init_ex', 'libssh2_channel_open_ex', 'libssh2_agent_init'):
    getattr(library, name).restype = ctypes.c_void_p
library.libssh2_session_hostkey.restype = ctypes.POINTER(ctypes.c_char)
for name in ('libssh2_channel_read_ex', 'libssh2_channel_write_ex'):
    getattr(library, name).restype = ctypes.c_ssize_t
library.libssh2_init(0)
session = ctypes.c_void_p(library.libssh2_session_init_ex(None, None, None, None))


def must(status):
    if status != 0:
        said, length = ctypes.c_char_p(), ctypes.c_int()
        library.libssh2_session_last_error(
            session, ctypes.byref(said), ctypes.byref(length), 0
        )
        show_banner()
        sys.exit((said.value or b'').decode() or f'libssh2 error {status}')


def show_banner():
    if not hasattr(library, 'libssh2_userauth_banner'):
        return
    banner = ctypes.c_char_p()
    if library.libssh2_userauth_banner(session, ctypes.byref(banner)) == 0:
        sys.stderr.write((banner.value or b'').decode())


def check_host():
    length, kind = ctypes.c_size_t(), ctypes.c_int()
    shown = library.libssh2_session_hostkey(session, ctypes.byref(length), ctypes.byref(kind))
    known = [line.split() for line in open(task['knownHosts']) if not line.startswith('@')]
    if base64.b64encode(shown[: length.value]).decode() not in [words[2] for words in known]:
        sys.exit('the host key is not in known_hosts')


class Identity(ctypes.Structure):
    _fields_ = [
        ('magic', ctypes.c_uint),
        ('node', ctypes.c_void_p),
        ('blob', ctypes.c_void_p),
        ('blob_length', ctypes.c_size_t),
        ('comment', ctypes.c_char_p),
    ]


def ask_agent():
    agent = ctypes.c_void_p(library.libssh2_agent_init(session))
    must(library.libssh2_agent_connect(agent))
    must(library.libssh2_agent_list_identities(agent))
    identity, status = ctypes.POINTER(Identity)(), 1
    while library.libssh2_agent_get_identity(agent, ctypes.byref(identity), identity) == 0:
        status = library.libssh2_agent_userauth(agent, task['user'].encode(), identity)
        if status == 0:
            break
    return status


def log_in():
    if task['agent']:
        return ask_agent()
    user, file = task['user'].encode(), task['keyFile'].encode()
    return library.libssh2_userauth_publickey_fromfile_ex(
        session, user, len(user), file + b'-cert.pub', file, None
    )


def read(channel, stream, to):
    buffer = ctypes.create_string_buffer(65536)
    while (count := library.libssh2_channel_read_ex(channel, stream, buffer, len(buffer))) > 0:
        to.buffer.write(buffer.raw[:count])
    to.flush()


def process(channel, request, text=None):
    words = (text or '').encode()
    must(
        library.libssh2_channel_process_startup(
            channel, request, len(request), words if text else None, len(words)
        )
    )


connection = socket.create_connection((task['host'], task['port']), 20)
connection.settimeout(None)
must(library.libssh2_session_handshake(session, connection.fileno()))
check_host()
must(log_in())
opened = library.libssh2_channel_open_ex(session, b'session', 7, 2 * 1024 * 1024, 32768, None, 0)
channel = ctypes.c_void_p(opened)
if task['terminal']:
    must(library.libssh2_channel_request_pty_ex(channel, b'xterm', 5, None, 0, 80, 24, 0, 0))
process(channel, b'exec', task['command'])
typed = sys.stdin.buffer.read()
while typed:
    count = library.libssh2_channel_write_ex(channel, 0, typed, len(typed))
    if count < 0:
        must(count)
    typed = typed[count:]
library.libssh2_channel_send_eof(channel)
read(channel, 0, sys.stdout)
read(channel, 1, sys.stderr)
library.libssh2_channel_close(channel)
library.libssh2_channel_wait_closed(channel)
sys.exit(library.libssh2_channel_get_exit_status(channel))
