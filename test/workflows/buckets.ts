/** The buckets that the pages take for granted in the two AWS accounts that have more than buckets. */

/** By AWS account, then by name: texts of objects by key. */
export const BUCKETS: Readonly<
  Record<
    '111111111111' | '222222222222',
    Readonly<Record<string, Readonly<Record<string, string>>>>
  >
> = {
  '111111111111': { 'backend-uploads': {} },
  '222222222222': {
    'payments-artifacts': {
      'README.txt': 'Artifacts of payments.',
      'releases/1.0.txt': 'one',
    },
    'reports-archive': { '2026/november.txt': 'Visitors in November: 4711\n' },
  },
}
