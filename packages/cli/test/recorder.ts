import { toJson } from '@breakwater/kernel'
import type { Command } from 'commander'
import pc from 'picocolors'
import type { Terminal } from '../src/terminal.ts'

/** What a command wrote and how it ended. */
export interface Run {
  out: string
  notes: string
  /** Lines of stdout that are JSON. */
  json: readonly Record<string, unknown>[]
  /** What it set itself; an error's code is the caller's business. */
  exitCode: number
  error: unknown
}

/** Runs a command in this process, with everything that it writes kept. */
export async function run(create: (terminal: Terminal) => Command, ...argv: readonly string[]): Promise<Run> {
  const out: string[] = []
  const notes: string[] = []
  const terminal: Terminal = {
    isTty: false,
    color: { ...pc, ...pc.createColors(false) },
    print: (line) => out.push(line),
    json: (value) => out.push(toJson(value)),
    note: (line) => notes.push(line),
    progress: (line) => notes.push(line),
  }
  const before = process.exitCode
  process.exitCode = 0
  let error: unknown = null
  const silent = { writeOut: (text: string) => out.push(text), writeErr: (text: string) => notes.push(text) }
  try {
    const command = create(terminal)
    for (const part of [command, ...command.commands]) part.configureOutput(silent)
    await command.parseAsync([...argv], { from: 'user' })
  } catch (thrown) {
    error = thrown
  }
  const exitCode = Number(process.exitCode)
  process.exitCode = before
  const json = out.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  return { out: out.join('\n'), notes: notes.join('\n'), json, exitCode, error }
}
