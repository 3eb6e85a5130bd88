import type { GuardianEvent } from '@breakwater/node'

export interface EventLine {
  tone: 'bad' | 'good' | 'plain'
  text: string
}

/** An event as a line for people; `null` for those that only screens show. */
export function describeEvent(event: GuardianEvent): EventLine | null {
  switch (event.type) {
    case 'alert':
      return {
        tone: event.change === 'opened' ? 'bad' : 'good',
        text: `${event.change}: ${event.finding.summary}`,
      }
    case 'incident': {
      const { rule, status, signers, anchorNumber } = event.incident
      const tone = status === 'void' ? 'bad' : status === 'executed' ? 'good' : 'plain'
      const by = status === 'certified' ? ` by ${signers} guardians` : ''
      return { tone, text: `${rule}: ${status}${by} (block ${anchorNumber})` }
    }
    case 'sight': {
      const { state, reason } = event.sight
      return { tone: state === 'clear' ? 'good' : 'bad', text: `sight is ${state}${reason && `: ${reason}`}` }
    }
    case 'consensus':
      return event.state === 'stalled'
        ? { tone: 'bad', text: 'too few guardians answer: nothing can be decided' }
        : { tone: 'good', text: 'guardians decide again' }
    case 'reorg':
      return {
        tone: 'plain',
        text: `reorganisation: ${event.removed} blocks left the chain, back to ${event.toNumber}`,
      }
    default:
      return null
  }
}
