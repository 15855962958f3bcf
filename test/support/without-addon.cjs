'use strict'

// For a process that is to find no compiled part of ssh2, as where there is no compiler.
const Module = require('node:module')

const load = Module._load
Module._load = function (request, ...rest) {
  if (request.endsWith('sshcrypto.node')) throw new Error('there is no addon here')
  return load.call(this, request, ...rest)
}
