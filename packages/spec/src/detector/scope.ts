import type { Quantity, Severity } from '@breakwater/kernel'
import type { Contract } from '../contract.ts'
import type { Expression } from '../expression/compile.ts'
import type { Path, Report } from '../problem.ts'

/** What every detector of a specification has. */
export interface DetectorBase {
  /** The `rule` of its findings. */
  id: string
  /** The `subject` of its findings. */
  subject: string
  severity: Severity
  role: 'damage' | 'anomaly'
  inputs: 'chain' | 'observed'
}

/** What a detector's configuration can refer to. Whatever is not there has been reported. */
export interface DetectorScope {
  path: Path
  report: Report
  contract(alias: string, path: Path): Contract | undefined
  isContract(name: string): boolean
  /** Compiles a text that is made from the field at `path`. */
  number(text: string, path: Path): Expression<Quantity> | undefined
}
