import { type Address, BaseError, type Hex, messageOf } from '@breakwater/kernel'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { type Condition, FACTORY, type Plan, type Step } from './plan.ts'

/** A chain as a deployment needs it. */
export interface DeployChain {
  /** What a view function answers at the newest block; `null` when it reverts or there is no contract. */
  call(to: Address, data: Hex): Promise<Hex | null>
  hasCode(address: Address): Promise<boolean>
  /** Sends one transaction. Rejects when it fails; may resolve before it is mined: see `settle`. */
  send(transaction: { from: Address; to: Address; data: Hex }): Promise<void>
  /** Resolves once everything that was sent is mined. */
  settle(): Promise<void>
}

export type Progress =
  | { step: string; state: 'sending' | 'done'; index: number; count: number }
  /** It was done before. */
  | { step: string; state: 'skipped'; index: number; count: number }

export interface RunOptions {
  /** Sends nothing: tells what is done and what would be sent. */
  dryRun?: boolean
  onProgress?(progress: Progress): void
}

export interface RunResult {
  /** Names of the steps that were sent, or would be. */
  sent: readonly string[]
  skipped: readonly string[]
}

/**
 * Takes all steps of a plan that are not done, and verifies at the end that every one of them is. Each step is judged by
 * the chain alone, so a run that failed anywhere is taken up by running it again, also from another machine.
 * @throws DEPLOY_FACTORY_MISSING, DEPLOY_STEP, DEPLOY_VERIFY
 */
export async function runPlan(
  plan: Plan,
  chain: DeployChain,
  { dryRun = false, onProgress = () => {} }: RunOptions = {},
): Promise<RunResult> {
  if (!(await chain.hasCode(FACTORY))) throw factoryMissing()
  const { steps } = plan
  const transactions = steps.filter(({ transaction }) => transaction !== null)
  const sent: string[] = []
  const skipped: string[] = []
  for (const stage of new Set(transactions.map((step) => step.stage))) {
    const ofStage = transactions.filter((step) => step.stage === stage)
    const done = await Promise.all(ofStage.map((step) => isDone(step, chain)))
    for (const [i, step] of ofStage.entries()) {
      const at = { step: step.name, index: transactions.indexOf(step) + 1, count: transactions.length }
      if (done[i]) {
        skipped.push(step.name)
        onProgress({ ...at, state: 'skipped' })
        continue
      }
      sent.push(step.name)
      onProgress({ ...at, state: 'sending' })
      if (!dryRun) await send(step, chain)
    }
    if (!dryRun) await chain.settle()
  }
  if (!dryRun) await verify(steps, chain)
  return { sent, skipped }
}

async function send({ name, transaction }: Step, chain: DeployChain): Promise<void> {
  try {
    if (transaction !== null) await chain.send(transaction)
  } catch (cause) {
    throw new BaseError('DEPLOY_STEP', `${name} failed: ${messageOf(cause)}`, {
      meta: { step: name },
      hint: 'mend the reason and run the same command again: it goes on with this step',
      retry: 'later',
      cause,
    })
  }
}

/** @throws DEPLOY_VERIFY naming every step that the chain does not confirm. */
async function verify(steps: readonly Step[], chain: DeployChain): Promise<void> {
  const done = await Promise.all(steps.map((step) => isDone(step, chain)))
  const missing = steps.filter((_, i) => !done[i]).map(({ name }) => name)
  if (missing.length === 0) return
  throw new BaseError('DEPLOY_VERIFY', `the chain does not confirm ${missing.join(', ')}`, {
    meta: { steps: missing.join(', ') },
    hint: 'a transaction reverted, or somebody changed the wiring meanwhile: run the same command again to see which',
    retry: 'later',
  })
}

async function isDone({ until }: Step, chain: DeployChain): Promise<boolean> {
  return typeof until === 'string' ? chain.hasCode(until) : holds(until, chain)
}

/** What cannot be read does not hold yet. */
async function holds(
  { to, abi, functionName, args, holds }: Condition,
  chain: DeployChain,
): Promise<boolean> {
  const answer = await chain.call(to, encodeFunctionData({ abi, functionName, args }))
  if (answer === null || answer === '0x') return false
  return holds(decodeFunctionResult({ abi, functionName, data: answer }))
}

function factoryMissing(): BaseError {
  return new BaseError('DEPLOY_FACTORY_MISSING', `the chain has no deployment proxy at ${FACTORY}`, {
    meta: { factory: FACTORY },
    hint: 'send the transaction that creates it first: https://github.com/Arachnid/deterministic-deployment-proxy',
  })
}
