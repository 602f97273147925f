/**
 * The files that `policy` writes of one chain through three roles, in every format: what people would get. Started as a
 * program it writes them anew into `test/fixtures/policy/`; look at what changes.
 */
import { writeFileSync } from 'node:fs'
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { toAwsCli } from '../../../../cli/core/policy/formats/aws-cli.ts'
import { toCloudFormation } from '../../../../cli/core/policy/formats/cloudformation.ts'
import { toEksctl } from '../../../../cli/core/policy/formats/eksctl.ts'
import type { AccountPlan } from '../../../../cli/core/policy/formats/format.ts'
import { toPlainAccount } from '../../../../cli/core/policy/formats/json.ts'
import { toTerraform } from '../../../../cli/core/policy/formats/terraform.ts'
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

export const GOLDEN_ACCOUNTS: readonly AccountPlan[] = toAccountDocuments([GOLDEN_STEPS]).map(
  (account) => ({
    ...account,
    eksAccess:
      account.accountId === '222222222222'
        ? [{ clusterName: 'prod', roleArn: READER, groups: ['readers'] }]
        : [],
  }),
)

/** Content by the name of the file. */
export const GOLDEN_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  GOLDEN_ACCOUNTS.flatMap((account) => [
    [`${account.accountId}.json`, `${JSON.stringify(toPlainAccount(account), null, 2)}\n`],
    [`${account.accountId}.tf`, toTerraform(account)],
    [`${account.accountId}.template.yaml`, toCloudFormation(account)],
    [`${account.accountId}.sh`, toAwsCli(account)],
    ...toEksctl(account, { name: 'kit', region: 'eu-west-1' }).map(({ cluster, text }) => [
      `${cluster}.eksctl.yaml`,
      text,
    ]),
  ]),
)

if (import.meta.main)
  for (const [name, content] of Object.entries(GOLDEN_FILES))
    writeFileSync(`${GOLDEN_FOLDER}/${name}`, content)
