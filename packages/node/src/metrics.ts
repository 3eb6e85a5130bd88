import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 1, 2, 5, 10]

/** A guardian's measures, in Prometheus' conventions: base units, `_total` for counters. One registry per guardian. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `breakwater_${name}`, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `breakwater_${name}`, help, labelNames, registers })
  const seconds = (name: string, help: string) =>
    new Histogram({ name: `breakwater_${name}_seconds`, help, buckets: SECONDS, registers })
  return {
    registry,
    blocks: counter('blocks_total', 'Blocks evaluated.'),
    logs: counter('logs_total', 'Logs folded.'),
    reorgs: counter('reorgs_total', 'Reorganisations followed.'),
    findings: counter('findings_total', 'Findings opened.', ['rule', 'severity']),
    unknown: counter('unknown_total', 'Times that a rule could not be judged.', ['rule', 'reason']),
    head: gauge('head_block', 'Number of the newest evaluated block.'),
    clear: gauge('sight_clear', '1 while the providers agree and are up to date.'),
    view: gauge('consensus_view', 'Current view.'),
    finalizedView: gauge('consensus_finalized_view', 'View of the newest finalized block.'),
    stalled: gauge(
      'consensus_stalled',
      '1 while nothing is finalized for too long: fewer than n - f guardians answer.',
    ),
    peersConnected: gauge('peers_connected', 'Other guardians that are connected.'),
    certificates: counter('certificates_total', 'Certificates completed.'),
    incidents: gauge('incidents_open', 'Incidents whose brake has not ended.'),
    outboxWaiting: gauge('outbox_waiting', 'Messages not delivered yet.'),
    errors: counter('errors_total', 'Errors that were survived.', ['part']),
    evaluation: seconds('evaluation', 'From a block seen to its findings.'),
    certificate: seconds('certificate', 'From a block seen to the certificate over its action.'),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
