import { unreachable } from '@breakwater/kernel'
import { z } from 'zod'
import type { Entries } from '../entry.ts'
import { compileText, type Names } from '../expression/compile.ts'
import type { ClaimId } from '../id.ts'
import type { Report } from '../problem.ts'
import { type NetOutflow, netOutflowSchema, resolveNetOutflow } from './netOutflow.ts'
import { type OracleDeviation, oracleDeviationSchema, resolveOracleDeviation } from './oracleDeviation.ts'
import { type OracleLiveness, oracleLivenessSchema, resolveOracleLiveness } from './oracleLiveness.ts'
import type { DetectorScope } from './scope.ts'

/** One entry of `detectors`. Another detector is one more file like these, and a line in each of these three. */
export const detectorSchema = z.discriminatedUnion('use', [
  netOutflowSchema,
  oracleDeviationSchema,
  oracleLivenessSchema,
])

/** A detector's configuration with everything looked up: contracts, exact shares, seconds. */
export type DetectorConfig = NetOutflow | OracleDeviation | OracleLiveness

export function resolveDetectors(
  { entries }: Entries<z.output<typeof detectorSchema>>,
  names: Names,
  contract: DetectorScope['contract'],
  claimId: ClaimId,
  report: Report,
): readonly DetectorConfig[] {
  const number: DetectorScope['number'] = (text, path) =>
    compileText('number', text, names, (_at, code, message, hint) => report({ path }, code, message, hint))
  const isContract = (name: string): boolean => names.contracts.has(name)
  return entries.flatMap(({ path, value }) => {
    const detector = resolveDetector(value, { path, report, contract, isContract, number })
    if (detector === undefined) return []
    claimId(detector.id, path)
    return [detector]
  })
}

/** `undefined` when something in it was wrong, which has then been reported. */
function resolveDetector(
  entry: z.output<typeof detectorSchema>,
  scope: DetectorScope,
): DetectorConfig | undefined {
  switch (entry.use) {
    case 'net-outflow':
      return resolveNetOutflow(entry, scope)
    case 'oracle-deviation':
      return resolveOracleDeviation(entry, scope)
    case 'oracle-liveness':
      return resolveOracleLiveness(entry, scope)
    default:
      return unreachable(entry)
  }
}
