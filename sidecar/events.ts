/** Every event that the sidecar logs. The docs' table is made from it; what is not in it cannot be logged. */
import type { EventKind, EventLog } from '../log/log.ts'

export const EVENTS = {
  // From start to end.
  started: { level: 'info', means: 'The sidecar has started.' },
  listening: {
    level: 'info',
    means: 'The endpoint, the probe socket or the metrics server takes requests.',
  },
  stopped: { level: 'info', means: 'The sidecar was told to end, and does.' },
  // Credentials.
  refreshed: {
    level: 'info',
    means: 'A target has new credentials; `expiration` says until when.',
  },
  refresh_failed: {
    level: 'warn',
    means:
      'A chain could not be walked; `code` is of the table of failures. What is held is served on, and it is tried again.',
  },
  refused: {
    level: 'warn',
    means: 'The endpoint has answered a request with an error; `code` says which.',
  },
  // What the sidecar needs around it.
  endpoint_token_unreadable: {
    level: 'warn',
    means: 'The file of an endpoint token cannot be read. Tokens that were good stay good.',
  },
  port_taken: {
    level: 'error',
    means: 'Another process of the pod has taken the port. It is tried again.',
  },
  cannot_listen: {
    level: 'error',
    means: 'The port or the socket cannot be listened at. It is tried again.',
  },
  state_not_restored: {
    level: 'warn',
    means: 'What a former run has left is unusable; the sidecar asks STS.',
  },
  state_not_saved: {
    level: 'error',
    means: 'The state file cannot be written; after a restart the sidecar would have to ask STS.',
  },
  profiles_written: {
    level: 'info',
    means: 'The helper and the AWS config files of containers with profiles are in place.',
  },
  profiles_not_written: {
    level: 'error',
    means:
      'They cannot be put in place. It is tried again every 10 s, and until then the gate of a new pod stays closed.',
  },
  state_saved: { level: 'info', means: 'The state file can be written again.' },
  // It ends.
  configuration_invalid: {
    level: 'error',
    means: 'The configuration that the webhook wrote into the pod cannot be used.',
  },
  unknown_command: { level: 'error', means: 'The program was started with other arguments.' },
  crashed: {
    level: 'error',
    means: 'A defect has ended the sidecar or the process that calls STS.',
  },
} as const satisfies Readonly<Record<string, EventKind>>

export type Event = keyof typeof EVENTS

export type Log = EventLog<Event>
