"""Runs one command with paramiko, as `ssh` would: see task.py for what it is told."""

import sys
import threading

import paramiko

from task import task

KEYS = {'ed25519': paramiko.Ed25519Key, 'ecdsa': paramiko.ECDSAKey, 'rsa': paramiko.RSAKey}


def connect(host, port, user, known_as=None, sock=None):
    client = paramiko.SSHClient()
    client.load_host_keys(task['knownHosts'])
    options = {'allow_agent': True} if task['agent'] else {'pkey': key(), 'allow_agent': False}
    if task['key'] == 'rsa-sha2-256':
        options['disabled_algorithms'] = {'pubkeys': ['rsa-sha2-512-cert-v01@openssh.com']}
    client.connect(host, port, user, look_for_keys=False, sock=sock, timeout=20, **options)
    return client


def key():
    made = KEYS[task['key'].split('-')[0]].from_private_key_file(task['keyFile'])
    made.load_certificate(task['keyFile'] + '-cert.pub')
    return made


def feed(channel):
    channel.sendall(sys.stdin.buffer.read())
    channel.shutdown_write()


client = connect(task['host'], task['port'], task['user'])
if task['jump']:
    to = (task['jump']['host'], 22)
    tunnel = client.get_transport().open_channel('direct-tcpip', to, ('127.0.0.1', 0))
    outer, client = client, connect(*to, task['jump']['user'], sock=tunnel)
channel = client.get_transport().open_session()
if task['terminal']:
    channel.get_pty()
channel.exec_command(task['command'])
threading.Thread(target=feed, args=[channel], daemon=True).start()
sys.stdout.buffer.write(channel.makefile('rb').read())
sys.stderr.buffer.write(channel.makefile_stderr('rb').read())
sys.stdout.flush()
sys.exit(channel.recv_exit_status())
