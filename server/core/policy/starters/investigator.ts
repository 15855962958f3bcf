export const INVESTIGATOR = `# Reading only: files, logs, processes and the state of the system.
version: 1
name: investigator
default: deny

groups:
  words: [echo, printf, sleep, test, "[", "true", "false", ":", pwd, cd]

rules:
  - id: words
    program: "@words"
    verdict: allow
`
