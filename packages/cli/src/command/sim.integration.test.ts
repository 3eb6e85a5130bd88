import { describe, expect, it } from 'vitest'
import { run } from '../../test/recorder.ts'
import { EXIT, exitCodeOf } from '../terminal.ts'
import { simCommand } from './sim.ts'

const load = () => import('@breakwater/sim')
const sim = (...argv: string[]) => run(simCommand, ...argv)

/** The same, but half of four guardians are twinned, so that seeds go wrong. */
async function loadBroken(): ReturnType<typeof load> {
  const real = await load()
  const scenario = { guardians: 4, faults: ['twins', 'twins'], partition: 'halves', stormMs: 15_000 } as const
  return { ...real, runCampaign: (options) => real.runCampaign({ ...options, scenario }) }
}

describe('sim', () => {
  it('runs so many seeds, and says how they went', async () => {
    const { json, exitCode, notes, error } = await sim('--seeds', '6', '--json')
    expect({ json, exitCode, error }).toEqual({
      json: [{ seeds: 6, safetyViolations: 0, stalls: 0, firstBadSeed: null }],
      exitCode: EXIT.ok,
      error: null,
    })
    expect(notes).toMatch(/6 of 6 seeds from \d+ on, 0 bad/)
    const { out } = await sim('--seeds', '2', '--first', '4294967294', '--guardians', '4')
    expect(out).toBe('✓ seeds 4294967294 to 4294967295: 0 violate safety, 0 stall')
  })

  it('tells how to see the first bad seed again, and ends with 1', async () => {
    const argv = ['--seeds', '20', '--first', '1']
    const { json, exitCode, notes } = await run((t) => simCommand(t, loadBroken), ...argv, '--json')
    const [result] = json
    expect(exitCode).toBe(EXIT.failed)
    expect(result?.safetyViolations).toBeGreaterThan(0)
    expect(notes).toContain(`seed ${result?.firstBadSeed}, 4 guardians, faulty: `)
    expect(notes).toMatch(/^ {2}agreement: /m)
    expect(notes).toMatch(new RegExp(`^again: .*\\b${result?.firstBadSeed}\\b`, 'm'))
  })

  it.each([
    ['no seeds', ['--seeds', '0'], /--seeds is "0"/],
    ['more seeds than there are', ['--seeds', '4294967297'], /there are 4294967296 seeds/],
    ['seeds past the last', ['--first', '4294967295', '--seeds', '2'], /the last seed of all is 4294967295/],
    ['too many guardians', ['--guardians', '32'], /at most 31/],
  ])('refuses %s', async (_what, argv, reason) => {
    const { error } = await sim(...argv)
    expect(exitCodeOf(error)).toBe(EXIT.usage)
    expect(String(error)).toMatch(reason)
  })
})
