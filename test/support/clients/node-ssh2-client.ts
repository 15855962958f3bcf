import { readFileSync } from 'node:fs'
import ssh2 from 'ssh2'

/** Runs one command with ssh2, as `ssh` would. */
const task = JSON.parse(process.argv[2] ?? '') as {
  host: string
  port: number
  user: string
  command: string
  keyFile: string
  knownHosts: string
}
const known = readFileSync(task.knownHosts, 'utf8')
const client = new ssh2.Client()
client.on('banner', banner => void process.stderr.write(banner))
client.on('error', error => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 255
})
client.on('ready', () => {
  client.exec(task.command, (_error, channel) => {
    process.stdin.pipe(channel)
    channel.pipe(process.stdout)
    channel.stderr.pipe(process.stderr)
    channel.on('close', (status: number) => {
      process.exitCode = status
      client.end()
    })
  })
})
client.connect({
  host: task.host,
  port: task.port,
  username: task.user,
  privateKey: readFileSync(task.keyFile),
  hostVerifier: (key: Buffer) => known.includes(key.toString('base64')),
})
