/** Runs the pages that `main.ts` names, in what it has started. */
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { TrailEntry } from '../../stand-ins/aws/trail.ts'
import { readPages } from './pages.ts'
import type { Page } from './page.ts'
import { runPage } from './run-page.ts'
import { V1_MARK } from './tools-image.ts'
import { describeAudit, describeCall, type AuditEvent } from './trail.ts'

const {
  SUITE_AWS_URL: awsUrl = '',
  SUITE_PAGES: names = '',
  SUITE_AUDIT_LOG: auditLog = '',
} = process.env

/** Reads the trail and clears it. */
async function takeTrail(): Promise<readonly string[]> {
  const trail = (await (await fetch(`${awsUrl}/_/trail`)).json()) as readonly TrailEntry[]
  await fetch(`${awsUrl}/_/trail`, { method: 'DELETE' })
  return trail.map(describeCall)
}

let auditedLines = 0

/** Nobody, or a user that is part of the cluster itself. */
const NOT_OF_PAGES = /^(?:$|system:|admin$)/

/** Of users that were let in and are not part of the cluster itself. */
async function takeAudit(): Promise<readonly string[]> {
  const lines = (await readFile(auditLog, 'utf8')).trimEnd().split('\n')
  const fresh = lines.slice(auditedLines).map((line) => JSON.parse(line) as AuditEvent)
  auditedLines = lines.length
  return fresh.filter(({ user }) => !NOT_OF_PAGES.test(user.username ?? '')).map(describeAudit)
}

const surroundings = { env: {}, takeTrail, takeAudit }

/** Run with the AWS CLI v1 as well: those with kubeconfigs and with profiles. */
const WITH_V1 = ['ci-to-another-account', 'dev-stg-prod']

/** The page with the AWS CLI v1 in its pods. */
function withV1(page: Page): Page {
  const [is, becomes] = ['[sleep, infinity]', `[sh, -c, 'touch ${V1_MARK} && exec sleep infinity']`]
  const steps = page.steps.map((step) =>
    step.kind === 'file' ? { ...step, text: step.text.replaceAll(is, becomes) } : step,
  )
  return { ...page, steps }
}

for (const page of readPages(names.split(','))) {
  test(page.name, async () => {
    await runPage(page, surroundings)
  })
  if (WITH_V1.includes(page.name))
    test(`${page.name}, with the AWS CLI v1`, async () => {
      await runPage(withV1(page), surroundings)
    })
}
