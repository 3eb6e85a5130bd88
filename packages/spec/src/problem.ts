import { BaseError } from '@breakwater/kernel'

/** What can be wrong with a specification; explained in `docs/specification.md`. */
export const PROBLEM_CODES = [
  'SPEC_YAML',
  'SPEC_FIELD',
  'SPEC_SYNTAX',
  'SPEC_NAME',
  'SPEC_DUPLICATE',
  'SPEC_NETWORK',
  'SPEC_ABI',
  'SPEC_CALL',
  'SPEC_TYPE',
  'SPEC_UNIT',
  'SPEC_WINDOW',
  'SPEC_CONSTANT',
  'SPEC_CYCLE',
  'SPEC_RULE',
  'SPEC_COST',
] as const
export type ProblemCode = (typeof PROBLEM_CODES)[number]

/** One thing that is wrong with a specification. */
export interface Problem {
  code: ProblemCode
  /** One sentence that names the field or word, its value and the reason. */
  message: string
  /** Where in the file, both counted from 1; columns in UTF-16 units. */
  line: number
  column: number
  /** What to write instead. */
  hint?: string
  /** The field: `contracts.vault.address`, `responses[0].when`. Empty for the file as a whole. */
  path: string
}

/** The way from the top of the file to a field. */
export type Path = readonly (string | number)[]

/** A field, its key, or a character of its text. */
export interface Place {
  path: Path
  /** Character of the field's text. */
  offset?: number
  /** The field's name rather than what it holds. */
  key?: boolean
}
/** Takes a problem; gives `undefined`, for the caller to return. */
export type Report = (place: Place, code: ProblemCode, message: string, hint?: string) => undefined

/** The same for one text of the file: `at` counts its characters. */
export type ReportAt = (at: number, code: ProblemCode, message: string, hint?: string) => undefined

/** Reports about the text of one field. */
export function reportAt(report: Report, path: Path): ReportAt {
  return (offset, code, message, hint) => report({ path, offset }, code, message, hint)
}

/** `contracts.vault.holds[0]`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
}

/** `harbor.breakwater.yaml:12:5: … [SPEC_NAME]`, and the hint on a line of its own. */
export function formatProblem(problem: Problem, file: string): string {
  const line = `${file}:${problem.line}:${problem.column}: ${problem.message} [${problem.code}]`
  return problem.hint === undefined ? line : `${line}\n  hint: ${problem.hint}`
}

/** A specification that cannot be used, with everything that is wrong with it. */
export class SpecError extends BaseError {
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly [Problem, ...Problem[]]) {
    const [first, ...others] = problems
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`
    super('SPEC_INVALID', `${file}:${first.line}:${first.column}: ${first.message}${more}`, {
      meta: { file, problems: problems.length, line: first.line, column: first.column },
      docsPath: 'specification',
      ...(first.hint === undefined ? {} : { hint: first.hint }),
    })
    this.problems = problems
  }
}
