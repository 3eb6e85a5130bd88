import { describe, expect, it } from 'vitest'
import { DRILLS, type DrillResult, runDrill } from '../src/index.ts'

/** Shorter than on a real chain, which only makes it harder to be in time. */
const BLOCK_MS = 400

function play(name: string): Promise<DrillResult> {
  const drill = DRILLS.find((candidate) => candidate.name === name)
  if (drill === undefined) throw new Error(`no drill ${name}`)
  return runDrill(drill, { seed: 1, guardians: 4, blockMs: BLOCK_MS })
}

describe('what holds without guardians', () => {
  it('a vault loses no more than its windows let out until the dead mode, with all guardians dead', async () => {
    const result = await play('guardians-dead')
    expect(result).toMatchObject({ passed: true, enforcement: 'inline', detectors: [], falseBlocks: 0 })
    // They were there, and then they were not.
    expect(Number(result.outcomes.with.heartbeats)).toBeGreaterThan(0)
    expect(Number(result.outcomes.with.deadModes)).toBeGreaterThan(0)
    expect(result.outcomes.without).toEqual({ heartbeats: '0', deadModes: '0' })
    expect(result.actionBlock).not.toBeNull()
    // The bound is near: a limit that lets nothing out would not be one that people live with.
    expect(result.lossWithUsd).toBeGreaterThan(0.3 * result.lossLimitUsd)
    expect(result.lossWithoutUsd).toBeGreaterThan(5 * result.lossLimitUsd)
  })

  it('a captured vote is vetoed in its delay, by guardians and by the council', async () => {
    const { outcomes, ...result } = await play('governance-takeover')
    expect(outcomes.without).toEqual({
      ...{ BTC: 'executed', ETH: 'executed', borrowed: 'refused', fresh: 'defeated' },
    })
    expect(outcomes.with).toEqual({
      ...{ BTC: 'cancelled', ETH: 'cancelled', borrowed: 'refused', fresh: 'defeated' },
    })
    expect(result).toMatchObject({ passed: true, lossWithUsd: 0, falseBlocks: 0, falseAlerts: 0 })
    expect(result.lossWithoutUsd).toBeGreaterThan(1_000_000)
  })
})

describe('what the brake cannot be used for', () => {
  it('a liquidation and a settlement come on time while it holds', async () => {
    const { outcomes, ...result } = await play('brake-as-weapon')
    expect(result).toMatchObject({ passed: true, detectors: ['outflow'], inclusionBlocks: 1 })
    expect(outcomes.with.liquidatedInBlock).toBe(outcomes.baseline.liquidatedInBlock)
    expect(Number(outcomes.with.liquidatedInBlock)).toBeGreaterThan(Number(result.actionBlock))
    expect(outcomes.with.settledPriceUsd).toBe(outcomes.baseline.settledPriceUsd)
    expect(result.pauseCostUsd).toBe(0)
  })
})

describe('an expiry', () => {
  it('pays nothing more for a price that was bent for a minute, and little for five', async () => {
    const { outcomes, ...result } = await play('thin-options-expiry')
    expect(result).toMatchObject({ passed: true, inclusionBlocks: 1, falseBlocks: 0, falseAlerts: 0 })
    expect(result.firstFindingBlock).toBe(result.firstHarmBlock)
    expect(result.lossWithoutUsd).toBeGreaterThan(10_000)
    expect(result.lossWithUsd).toBeLessThanOrEqual(0)
    expect(Number(outcomes.without.priceUsd)).toBeLessThan(Number(outcomes.with.priceUsd))
  })
})
