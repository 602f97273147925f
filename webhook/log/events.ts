/** Every event that the webhook logs. The docs' table is made from it; what is not in it cannot be logged. */
import type { EventKind, EventLog } from '../../log/log.ts'

export const EVENTS = {
  // From start to end.
  flag_refused: {
    level: 'error',
    means: 'A flag of the command line cannot be used; the webhook does not start.',
  },
  flag_without_effect: {
    level: 'info',
    means: 'Something on the command line is accepted and does nothing.',
  },
  plain_port_listening: {
    level: 'info',
    means: 'Metrics and `/readyz` answer; reviews wait for the first certificate.',
  },
  listening: { level: 'info', means: 'The webhook takes reviews.' },
  stopping: {
    level: 'info',
    means: 'The webhook was told to end, and answers what is on its way.',
  },
  start_failed: { level: 'error', means: 'The webhook cannot start, and ends.' },
  stop_failed: { level: 'error', means: 'The webhook ends, and could not do so in good order.' },
  crashed: { level: 'error', means: 'A defect has ended the webhook.' },
  log_lines_lost: {
    level: 'warn',
    means: 'Lines of the log are missing here, since nobody took them in time.',
  },
  // Reviews.
  reviewed: {
    level: 'info',
    means: 'A pod was changed or refused, or its author was warned; `reasons` says why.',
  },
  review_passed: {
    level: 'debug',
    means: 'A pod was left as it is, and there was nothing to tell.',
  },
  judging_failed: {
    level: 'error',
    means: 'A defect: a pod could not be judged. One that asks for a target is refused.',
  },
  // What the webhook knows of the cluster.
  service_accounts_read: { level: 'info', means: 'All service accounts are read.' },
  watch_failed: {
    level: 'warn',
    means: 'Service accounts or a ConfigMap cannot be read or watched. It is tried again.',
  },
  watch_began_anew: {
    level: 'debug',
    means: 'A watch was silent for too long or has lost its place, and begins anew.',
  },
  kubernetes_version_read: { level: 'info', means: 'The API server has told its version.' },
  kubernetes_version_failed: {
    level: 'warn',
    means: 'The API server does not tell its version. It is asked again.',
  },
  // Certificates.
  certificate_used: { level: 'info', means: 'The webhook serves with another certificate.' },
  certificate_ended: { level: 'error', means: 'API servers refuse the certificate: it has ended.' },
  certificate_unreadable: {
    level: 'error',
    means: 'A new serving certificate cannot be used; the one before stays in use.',
  },
  certificate_stored: { level: 'info', means: 'The Secret holds a new certificate.' },
  certificate_not_kept: {
    level: 'error',
    means: 'The webhook cannot keep its own certificate up to date. It is tried again.',
  },
  ca_bundle_set: { level: 'info', means: 'The `caBundle` of webhook configurations was mended.' },
  client_ca_used: { level: 'info', means: 'The authority of client certificates has changed.' },
  client_ca_unreadable: {
    level: 'error',
    means: 'A new authority of client certificates cannot be used; the one before stays in use.',
  },
  // What operators write.
  configuration_used: {
    level: 'info',
    means: 'The configuration file has changed, and is in use.',
  },
  configuration_refused: {
    level: 'error',
    means: 'A changed configuration file cannot be used; what it said before stays in use.',
  },
  config_map_used: { level: 'info', means: 'The ConfigMap of roles is read.' },
  config_map_missing: { level: 'info', means: 'There is no ConfigMap of roles.' },
  config_map_problem: { level: 'error', means: 'An entry of the ConfigMap of roles is not used.' },
  config_map_refused: {
    level: 'error',
    means: 'The ConfigMap of roles cannot be used; what it said before stays in use.',
  },
  pod_identities_used: { level: 'info', means: "EKS Pod Identity's file is read." },
  pod_identities_refused: {
    level: 'error',
    means: "EKS Pod Identity's file cannot be used; what it said before stays in use.",
  },
} as const satisfies Readonly<Record<string, EventKind>>

export type Event = keyof typeof EVENTS

export type Log = EventLog<Event>
