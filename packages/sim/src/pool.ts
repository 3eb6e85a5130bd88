import {
  type Config,
  createEvidence,
  createVoteDigest,
  type Message,
  openCertificate,
  type SignedVote,
} from '@breakwater/consensus'

/** All that honest guardians have been told, put together: who stands convicted? */
export interface Pool {
  add(from: number, message: Message): void
  culprits(): readonly number[]
}

export function createPool(config: Config): Pool {
  const { epoch, guardians, signing } = config
  const digestOf = createVoteDigest(config)
  const collector = createEvidence(epoch)
  const culprits = new Set<number>()
  const convict = (guardian: number, vote: SignedVote): void => {
    if (collector.add(guardian, vote) !== null) culprits.add(guardian)
  }
  return {
    culprits: () => [...culprits].sort((a, b) => a - b),
    add(from, message) {
      if (message.kind === 'vote') {
        const { vote } = message
        if (signing.recover(digestOf(vote), vote.signature) === guardians[from]) convict(from, vote)
      }
      const certificates =
        message.kind === 'certificate'
          ? [message.certificate]
          : message.kind === 'propose'
            ? message.justification
            : []
      for (const certificate of certificates) {
        const votes = openCertificate(certificate, digestOf(certificate), guardians, 1, signing.recover)
        for (const [guardian, vote] of votes ?? []) convict(guardian, vote)
      }
    },
  }
}
