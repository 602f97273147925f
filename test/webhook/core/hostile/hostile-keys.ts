/** Pods and service accounts with very many annotations or labels, made to keep the webhook busy. */
import { TARGET_ROLE } from '../fixture.ts'
import { asking, filled, many, podOf, spec, type Hostile } from './hostile-texts.ts'

export const HOSTILE_KEYS: Readonly<Record<string, Hostile>> = {
  'annotations that Kubernetes takes no more of': asking(
    { x: filled('x', 300_000) },
    'annotations_too_large',
  ),
  'more annotations than are read': asking(
    Object.fromEntries(many(8000, (index) => [`target-role-ar${index}`, ''])),
    'annotations_too_large',
  ),
  'unknown annotations that look like known ones': asking(
    Object.fromEntries(many(1990, (index) => [`session-polic${index.toString(36)}`, ''])),
    'unknown_key',
  ),
  'such annotations without target': {
    pod: podOf(Object.fromEntries(many(1990, (index) => [`gat${index.toString(36)}`, '']))),
    reason: 'unknown_key',
  },
  'as many such annotations as are looked at': {
    pod: podOf(
      Object.fromEntries(many(50, (index) => [`sidecar-memory-limi${index}`, TARGET_ROLE])),
    ),
    reason: 'unknown_key',
  },
  'keys of other prefixes': asking(
    Object.fromEntries(many(1990, (index) => [`role.chain/target-role-ar${index}`, TARGET_ROLE])),
    'injected',
  ),
  'labels that look like annotations': {
    pod: podOf({ 'target-role-arn': TARGET_ROLE }, spec, {
      labels: Object.fromEntries(many(1990, (index) => [`rolechain.io/target-rol${index}`, 'x'])),
    }),
    reason: 'injected',
  },
  'more labels than are read': {
    pod: podOf({ 'target-role-arn': TARGET_ROLE }, spec, {
      labels: Object.fromEntries(many(8000, (index) => [`rolechain.io/target-rol${index}`, 'x'])),
    }),
    reason: 'pod_too_large',
  },
  'such annotations of a service account': {
    pod: podOf({ 'target-role-arn': TARGET_ROLE }),
    serviceAccount: Object.fromEntries(many(1990, (index) => [`gat${index.toString(36)}`, ''])),
    reason: 'unknown_key',
  },
  'more annotations of a service account than are read': {
    pod: podOf({}),
    serviceAccount: Object.fromEntries(many(8000, (index) => [`gat${index.toString(36)}`, ''])),
    reason: 'annotations_too_large',
  },
  'a value of a service account': {
    pod: podOf({}),
    serviceAccount: { targets: filled('{a: ', 250_000) },
    reason: 'bad_value',
  },
}
