import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { benchGas } from './gas.ts'

const SNAPSHOT = fileURLToPath(new URL('../../../../contracts/gas.json', import.meta.url))

/** What must not be exceeded, whatever the snapshot says. */
const TARGETS: Readonly<Record<string, number>> = {
  'gas.pauseEcdsa3of4': 120_000,
  'gas.pauseFrost': 110_000,
  'gas.pauseHarborEcdsa3of4': 95_000,
  'gas.pauseHarborFrost': 95_000,
  'gas.frostVerify': 9_500,
  'gas.slashEvidence': 120_000,
  'gas.flowLimiterOverhead': 30_000,
  'gas.invariantGuardOverhead': 15_000,
}

it('costs what contracts/gas.json says, and no more than the targets', async () => {
  const measured = await benchGas(() => {})
  expect(measured.map(({ name }) => name).sort()).toEqual(Object.keys(TARGETS).sort())
  expect(measured.filter(({ name, value }) => !(value <= (TARGETS[name] ?? 0)))).toEqual([])
  const values = Object.fromEntries(measured.map(({ name, value }) => [name, value]))
  // Renewed, when a change is meant, by `npm test -- packages/cli/src/bench -u`.
  await expect(`${JSON.stringify(values, null, 2)}\n`).toMatchFileSnapshot(SNAPSHOT)
})
