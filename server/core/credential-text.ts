import type { Credential } from './access.ts'

/** What the bastion logs in to a target with, for people. */
export function credentialText(credential: Credential): string {
  switch (credential.is) {
    case 'upstream-key':
      return "the bastion's own key (keys/upstream)"
    case 'key-file':
      return credential.path
    case 'certificate':
      return `a certificate for each session (keys/target_ca), good from ${placeText(credential)}`
  }
}

function placeText({ sourceAddress }: Extract<Credential, { is: 'certificate' }>): string {
  switch (sourceAddress.is) {
    case 'own':
      return "the bastion's address"
    case 'any':
      return 'anywhere'
    case 'listed':
      return sourceAddress.networks
  }
}
