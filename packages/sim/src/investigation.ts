import {
  type Config,
  createEvidence,
  createVoteDigest,
  type KeptVote,
  type Rules,
} from '@breakwater/consensus'

/**
 * Who stands convicted by the votes that honest guardians keep, put together. Nothing else is looked at, and every
 * signature is checked again: an investigator has their stores, not the run.
 */
export function investigate(
  { epoch, guardians, signing, ...domain }: Config,
  isSlashable: Rules['isSlashable'],
  stores: readonly (readonly KeptVote[])[],
): readonly number[] {
  const digestOf = createVoteDigest({ epoch, ...domain })
  const evidence = createEvidence(epoch, isSlashable)
  const culprits = new Set<number>()
  for (const { guardian, vote } of stores.flat()) {
    if (signing.recover(digestOf(vote), vote.signature) !== guardians[guardian]) continue
    if (evidence.add(guardian, vote) !== null) culprits.add(guardian)
  }
  return [...culprits].sort((a, b) => a - b)
}
