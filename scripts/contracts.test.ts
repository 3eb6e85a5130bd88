/** What the contracts and the TypeScript side must have in common. */
import { readFileSync } from 'node:fs'
import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { ACTION_TYPE, actionDigest } from '@breakwater/kernel'
import { expect, it } from 'vitest'

it('has the same action on both sides', () => {
  const execute = circuitBreakerAbi.find((item) => item.type === 'function' && item.name === 'execute')
  const fields = execute?.inputs.at(0)?.components.map(({ type, name }) => `${type} ${name}`)
  expect(`Action(${fields?.join(',')})`).toBe(ACTION_TYPE)
})

it('signs the digest that CircuitBreaker computes for the same action', () => {
  const path = new URL('../contracts/test/vectors/action.json', import.meta.url)
  const { action, digest } = JSON.parse(readFileSync(path, 'utf8'))
  expect(
    actionDigest({
      ...action,
      chainId: BigInt(action.chainId),
      level: Number(action.level),
      durationSeconds: Number(action.durationSeconds),
      epoch: BigInt(action.epoch),
      anchorNumber: BigInt(action.anchorNumber),
      deadlineSeconds: BigInt(action.deadlineSeconds),
    }),
  ).toBe(digest)
})
