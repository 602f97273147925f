/**
 * The files that `policy` writes of one chain through three roles, in every format: what people would get. Started as a
 * program it writes them anew into `test/fixtures/policy/`; look at what changes.
 */
import { writeFileSync } from 'node:fs'
import { toAwsCli } from '../../../../cli/core/policy/formats/aws-cli.ts'
import { toCloudFormation } from '../../../../cli/core/policy/formats/cloudformation.ts'
import { toEksctl } from '../../../../cli/core/policy/formats/eksctl.ts'
import { toFileName } from '../../../../cli/core/policy/formats/format.ts'
import { toPlainAccount } from '../../../../cli/core/policy/formats/json.ts'
import { toPlan } from '../../../../cli/core/policy/formats/plan.ts'
import { toTerraform } from '../../../../cli/core/policy/formats/terraform.ts'
import { toAccountLines, toOrderLines } from '../../../../cli/core/policy/formats/text.ts'
import { BASE, READER, stepsOf } from '../chains.ts'

export const GOLDEN_FOLDER = 'test/fixtures/policy'

/** The chain; its second role has a path, and a name that begins with a digit. */
export const GOLDEN_STEPS = stepsOf([
  { roleArn: BASE },
  { roleArn: 'arn:aws:iam::111111111111:role/teams/1-reports', sourceIdentity: '{serviceAccount}' },
  {
    roleArn: READER,
    externalId: 'reports/team-a',
    sessionTags: [{ key: 'team', value: '{namespace}' }],
  },
])

/** What is written of the chain, with an EKS cluster behind its target. */
export const GOLDEN_PLAN = toPlan(
  [GOLDEN_STEPS],
  [{ clusterName: 'prod', roleArn: READER, groups: ['readers'] }],
)

const hub = 'arn:aws:iam::222222222222:role/hub'
const spoke = 'arn:aws:iam::111111111111:role/spoke'

/**
 * A chain that comes back to its first AWS account, and one that goes the other way, so that two roles name each other.
 */
export const CIRCLE_CHAINS = [
  stepsOf([{ roleArn: BASE }, { roleArn: hub }, { roleArn: spoke }, { roleArn: READER }]),
  stepsOf([{ roleArn: BASE }, { roleArn: spoke }, { roleArn: hub }]),
]

/** What is written of them. */
export const CIRCLE = toPlan(CIRCLE_CHAINS)

function toSteps({ steps }: typeof CIRCLE, folder = ''): readonly (readonly [string, string])[] {
  return steps.flatMap((step) => [
    [`${folder}${toFileName(step)}.tf`, toTerraform(step)],
    [`${folder}${toFileName(step)}.template.yaml`, toCloudFormation(step)],
    [`${folder}${toFileName(step)}.sh`, toAwsCli(step)],
  ])
}

const CLUSTER = 'arn:aws:eks:eu-west-1:111111111111:cluster/kit'

/** Two service accounts with one role, and one whose association sends no tags. */
export const ASSOCIATED_CHAINS = [
  { serviceAccount: 'reporter', role: BASE, hasTags: true },
  { serviceAccount: 'printer', role: BASE, hasTags: true },
  { serviceAccount: 'archiver', role: `${BASE}-plain`, hasTags: false },
].map(({ serviceAccount, role, hasTags }) =>
  stepsOf([{ roleArn: role }, { roleArn: READER }], {
    source: {
      kind: 'pod-identity',
      cluster: { arn: CLUSTER, name: 'kit' },
      namespace: 'reports',
      serviceAccount,
      hasTags,
    },
  }),
)

/** Chains that begin with EKS Pod Identity. */
export const ASSOCIATED = toPlan(ASSOCIATED_CHAINS)

/** Content by the name of the file. */
export const GOLDEN_FILES: Readonly<Record<string, string>> = Object.fromEntries([
  ...GOLDEN_PLAN.accounts.flatMap((account) => [
    [`${account.accountId}.json`, `${JSON.stringify(toPlainAccount(account), null, 2)}\n`],
    ...toEksctl(account, { name: 'kit', region: 'eu-west-1' }).map(({ cluster, text }) => [
      `${cluster}.eksctl.yaml`,
      text,
    ]),
  ]),
  ...toSteps(GOLDEN_PLAN),
  ...toSteps(CIRCLE, 'circle-'),
  [
    'circle.txt',
    `${[...CIRCLE.accounts.flatMap(toAccountLines), '', ...toOrderLines(CIRCLE.steps)].join('\n')}\n`,
  ],
  ...toSteps(ASSOCIATED, 'pod-identity-').filter(([name]) => name.includes('111111111111')),
  ...ASSOCIATED.accounts
    .slice(0, 1)
    .flatMap((account) => [
      ['pod-identity.json', `${JSON.stringify(toPlainAccount(account), null, 2)}\n`],
      [
        'pod-identity.txt',
        `${[...toAccountLines(account), '', ...toOrderLines(ASSOCIATED.steps)].join('\n')}\n`,
      ],
      ...toEksctl(account, { name: 'kit', region: 'eu-west-1' }).map(({ text }) => [
        'pod-identity.eksctl.yaml',
        text,
      ]),
    ]),
])

if (import.meta.main)
  for (const [name, content] of Object.entries(GOLDEN_FILES))
    writeFileSync(`${GOLDEN_FOLDER}/${name}`, content)
