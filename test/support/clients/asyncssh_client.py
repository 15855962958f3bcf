"""Runs one command with asyncssh, as `ssh` would: see task.py for what it is told."""

import asyncio
import sys

from task import task

import asyncssh


def options():
    made = {'known_hosts': task['knownHosts'], 'config': None, 'rekey_bytes': 200_000}
    if task['agent']:
        made.update(agent_path=task['agent'])
    else:
        key = task['keyFile']
        made.update(agent_path=None, client_keys=[(key, key + '-cert.pub')])
    if task['key'].startswith('rsa-'):
        made['signature_algs'] = [task['key']]
    return made


async def run(connection):
    ran = await connection.run(
        task['command'],
        input=sys.stdin.buffer.read(),
        encoding=None,
        term_type='xterm' if task['terminal'] else None,
    )
    sys.stdout.buffer.write(ran.stdout)
    sys.stderr.buffer.write(ran.stderr)
    return ran.exit_status


async def main():
    outer = await asyncssh.connect(task['host'], task['port'], username=task['user'], **options())
    async with outer:
        if not task['jump']:
            return await run(outer)
        host, user = task['jump']['host'], task['jump']['user']
        async with asyncssh.connect(host, username=user, tunnel=outer, **options()) as inner:
            return await run(inner)


sys.exit(asyncio.run(main()))
