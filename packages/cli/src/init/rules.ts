import type { Names } from './alias.ts'
import { feedRules } from './feedRules.ts'
import { type Line, NO_RULES, type Rules } from './line.ts'
import type { Named } from './named.ts'
import type { Owner, Survey } from './survey.ts'
import { outflowRules, vaultRules } from './vaultRules.ts'

/**
 * What a draft suggests for what was found: values, invariants that hold in the block that was looked at, detectors.
 * Every suggestion says where it comes from, and what only the team can know.
 */
export function suggestRules(named: readonly Named[], survey: Survey, names: Names): Rules {
  const given = named.filter(({ assetOf }) => assetOf === null)
  const parts = given.flatMap((contract) => [
    kindRules(contract, named, survey, names),
    { ...NO_RULES, invariants: [...ownerRules(contract, given), ...pauseRules(contract)] },
  ])
  return {
    values: parts.flatMap(({ values }) => values),
    invariants: parts.flatMap(({ invariants }) => invariants),
    detectors: [...outflowRules(named, survey), ...parts.flatMap(({ detectors }) => detectors)],
  }
}

function kindRules(contract: Named, named: readonly Named[], survey: Survey, names: Names): Rules {
  const { alias, token, vault, feed } = contract
  if (vault !== null) return vaultRules(contract, named, survey, names)
  if (feed !== null) return feedRules(alias, feed, names)
  if (token === null) return NO_RULES
  const supply = names.claim(`${alias} supply`, 'value')
  const why = [`In units of ${alias}: 10^-${token.decimals}.`]
  return { ...NO_RULES, values: [{ why, text: `${supply}: ${alias}.totalSupply()` }] }
}

function ownerRules({ alias, owner }: Named, given: readonly Named[]): readonly Line[] {
  if (owner === null) return []
  const first = given.find((other) => other.owner?.address === owner.address)
  const who = first?.alias === alias ? ownerText(owner) : `The owner of ${first?.alias} too.`
  return [
    {
      why: [who],
      text: `{ id: ${alias}-owner, require: ${alias}.owner() == ${owner.address}, severity: high }`,
    },
  ]
}

function ownerText({ address, hasCode }: Owner): string {
  if (BigInt(address) === 0n) return 'Nobody owns it any more.'
  return hasCode
    ? 'The owner is a contract. DECIDE: is it the timelock or multisig that it should be?'
    : 'The owner has no code: one key decides. DECIDE: should it?'
}

function pauseRules({ alias, paused }: Named): readonly Line[] {
  if (paused !== false) return []
  const why = ['Nobody pauses unnoticed. DECIDE: how much does a pause matter?']
  return [{ why, text: `{ id: ${alias}-unpaused, require: not ${alias}.paused(), severity: low }` }]
}
