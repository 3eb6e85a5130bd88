import { describe, expect, it } from 'vitest'
import { DRILLS, type Drill, type FleetGuardian, runDrill } from '../src/index.ts'

/** Shorter than on a real chain, which only makes it harder to be in time. */
const BLOCK_MS = 400
const options = { seed: 1, guardians: 4, blockMs: BLOCK_MS }

const drillNamed = (name: string): Drill => {
  const drill = DRILLS.find((candidate) => candidate.name === name)
  if (drill === undefined) throw new Error(`no drill ${name}`)
  return drill
}

describe('attacks, straight to the chain', () => {
  const stopped = ['feed-hijack', 'vault-drain', 'books-broken', 'stolen-admin-key'].map(drillNamed)
  for (const drill of stopped) {
    it(`${drill.name} is stopped in the block after it begins`, async () => {
      const result = await runDrill(drill, options)
      expect(result.passed).toBe(true)
      expect(result.lossWithUsd).toBeLessThan(0.05 * result.lossWithoutUsd)
      expect(result.firstFindingBlock).toBe(result.firstHarmBlock)
      expect(result.inclusionBlocks).toBe(1)
      expect(result.falseAlerts).toBe(0)
    })
  }
})

describe('controls', () => {
  for (const drill of DRILLS.filter(({ kind }) => kind === 'control')) {
    it(`${drill.name}: ${drill.summary}`, async () => {
      const result = await runDrill(drill, options)
      expect(result).toMatchObject({ passed: true, falseBlocks: 0, falseAlerts: 0, lossWithUsd: 0 })
      expect(result.benignTransactions).toBeGreaterThanOrEqual(300)
    })
  }
})

/** The same attack without the ninety minutes after it. */
const short = (name: string): Drill => {
  const drill = drillNamed(name)
  return { ...drill, ticks: drill.ticks.slice(0, 40) }
}

/** Resolves once a guardian has raised an alert. */
async function alertOf(guardian: FleetGuardian | null | undefined): Promise<void> {
  if (guardian === null || guardian === undefined || guardian.view().openFindings > 0) return
  await new Promise<void>((resolve) => {
    const unsubscribe = guardian.events.subscribe(({ type }) => {
      if (type !== 'alert') return
      unsubscribe()
      resolve()
    })
  })
}

describe('with one of four guardians faulty', () => {
  const books = short('books-broken')

  it('changes nothing when it crashes in the middle of the attack and loses what was not synced', async () => {
    const result = await runDrill(books, {
      ...options,
      async script(tick, fleet) {
        if (tick === books.attackTick - 1) await fleet.crash(2)
        if (tick === books.attackTick + 8) await fleet.restart(2)
      },
    })
    expect(result).toMatchObject({ passed: true, inclusionBlocks: 1, falseBlocks: 0 })
  })

  it('changes nothing when its provider hides the theft from it', async () => {
    const result = await runDrill(books, { ...options, liar: { guardian: 1, lie: 'hide' } })
    expect(result).toMatchObject({ passed: true, inclusionBlocks: 1, falseBlocks: 0 })
  })

  it('brakes nothing when its provider shows it a theft that is none', async () => {
    const calm = { ...drillNamed('whale-day'), ticks: drillNamed('whale-day').ticks.slice(0, 50) }
    const result = await runDrill(calm, {
      ...options,
      liar: { guardian: 1, lie: 'invent' },
      // It polls, and may be slow to see anything: what the others would do afterwards is what counts.
      async script(tick, fleet) {
        if (tick === 5) await alertOf(fleet.guardians[1])
      },
    })
    expect(result).toMatchObject({ passed: true, falseBlocks: 0 })
    expect(result.falseAlerts).toBeGreaterThan(0)
  })
})

describe('with two of four guardians down', () => {
  it('does nothing, and says so', async () => {
    const told: string[] = []
    const books = short('books-broken')
    const result = await runDrill(books, {
      ...options,
      channels: [
        {
          name: 'test',
          send: async ({ body }) => {
            told.push(body)
          },
        },
      ],
      async script(tick, fleet) {
        if (tick === 2) await Promise.all([fleet.crash(1), fleet.crash(2)])
      },
    })
    expect(result.actionBlock).toBeNull()
    expect(result.detectors).toContain('claims-backed')
    expect(told.some((body) => body.includes('"state":"stalled"'))).toBe(true)
  })
})
