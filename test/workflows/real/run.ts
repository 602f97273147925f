/**
 * A run on AWS: makes what the pages need in both AWS accounts, runs the pages, deletes all that was made, whatever
 * happened, and then asks CloudTrail.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseRoleArn } from '../../../iam/arn.ts'
import { runPage } from '../run-page.ts'
import { readFacts, type Edges, type Facts, type Run } from './facts.ts'
import { makeAccount, makeInstallation, undoNamespaces } from './make.ts'
import type { Options } from './options.ts'
import type { PlannedPage } from './plan.ts'
import type { PageResult, RunResult } from './report.ts'
import { searchTrail, type ExpectedCalls } from './trail.ts'
import { undoAll } from './undo.ts'

async function settle({ options, signal }: Run): Promise<void> {
  await pause(options.settleSeconds * 1000, undefined, { signal }).catch(() => undefined)
  signal.throwIfAborted()
}

/** Runs one page; gives what came of it, and what it says of the trail. */
async function runOne(
  run: Run,
  { page, leftOut }: PlannedPage,
): Promise<{ readonly result: PageResult; readonly expected: ExpectedCalls }> {
  const calls: string[] = []
  const startedMs = Date.now()
  let untilMs = startedMs
  const takeTrail = async (some: readonly string[]) => {
    calls.push(...some)
    untilMs = Date.now()
    return undefined
  }
  run.say(`Running the page ${page.name}.`)
  const surroundings = { env: {}, signal: run.signal, takeTrail, takeAudit: async () => [] }
  const problem = await runPage(page, surroundings).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const roles = page.policies.flatMap(({ roleArn }) => parseRoleArn(roleArn)?.name ?? [])
  return {
    result: {
      name: page.name,
      outcome: problem === undefined ? 'as written' : 'failed',
      problem,
      seconds: (Date.now() - startedMs) / 1000,
      leftOut,
      trail: undefined,
    },
    expected: { page: page.name, calls, roles: [...new Set(roles)], untilMs },
  }
}

type Ran = Awaited<ReturnType<typeof runOne>>

/** Roles of the other AWS account trust those of the first, so that these have to be known before. */
async function makeAndRun(run: Run, ran: Ran[]): Promise<void> {
  const { facts, made, options, cluster, signal } = run
  signal.throwIfAborted()
  await makeInstallation(run)
  await makeAccount(run, 'a')
  await settle(run)
  await makeAccount(run, 'b')
  await settle(run)
  const namespaces = facts.plan.pages.flatMap((one) => one.namespaces)
  made.push(undoNamespaces(options.context, namespaces, cluster))
  for (const page of facts.plan.pages) {
    ran.push(await runOne(run, page))
    signal.throwIfAborted()
  }
}

async function askCloudTrail(
  { facts, options, lookEveryMs, say, signal }: Run,
  ran: readonly Ran[],
  sinceMs: number,
): Promise<readonly PageResult[]> {
  const asked = ran.filter(({ result }) => result.outcome === 'as written')
  if (options.trailMinutes === 0 || asked.length === 0 || signal.aborted)
    return ran.map(({ result }) => result)
  say(`Asking CloudTrail, for at most ${options.trailMinutes} minutes (Ctrl+C ends it).`)
  const trails = await searchTrail(
    asked.map(({ expected }) => expected),
    {
      clients: Object.values(facts.accounts).map(({ cloudTrail }) => cloudTrail),
      prefix: facts.real.prefix,
      sinceMs,
      waitMs: options.trailMinutes * 60_000,
      everyMs: lookEveryMs,
      signal,
    },
  )
  return ran.map(({ result }) => ({
    ...result,
    trail: trails[asked.findIndex((one) => one.result === result)],
  }))
}

function toNotRun({ page, leftOut }: PlannedPage): PageResult {
  const { name } = page
  return { name, outcome: 'not run', problem: undefined, seconds: 0, leftOut, trail: undefined }
}

/** Where texts of the run name a context or a profile: a person may call one like any word, such as "cluster". */
function toNameMasks({ context, profiles }: Options): readonly (readonly [string, string])[] {
  const contexts = ['--context ', '--kube-context ', 'context "', 'the cluster ']
  return [
    ...contexts.map((before) => [`${before}${context}`, `${before}CONTEXT`] as const),
    ...['--profile ', 'AWS profile '].flatMap((before) => [
      [`${before}${profiles.a}`, `${before}A`] as const,
      [`${before}${profiles.b}`, `${before}B`] as const,
    ]),
  ]
}

/** In this order: a context or a caller may have the ID of an AWS account in it. */
function toMasks(options: Options, { accounts: { a, b }, real }: Facts) {
  return {
    ...Object.fromEntries(toNameMasks(options)),
    [a.arn]: 'CALLER-A',
    [b.arn]: 'CALLER-B',
    [real.issuer.replace('https://', '')]: 'ISSUER',
    [a.id]: 'AAAAAAAAAAAA',
    [b.id]: 'BBBBBBBBBBBB',
  }
}

/** Runs the pages on AWS. Throws where nothing has been made yet; later problems stand in what it gives. */
export async function runOnAws(options: Options, edges: Edges): Promise<RunResult> {
  const facts = await readFacts(options, edges)
  const run: Run = { ...edges, options, facts, made: [] }
  const sinceMs = Date.now() - 60_000
  const ran: Ran[] = []
  const problem = await makeAndRun(run, ran).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const leftOver = await undoAll(run.made, edges.say)
  const asked = await askCloudTrail(run, ran, sinceMs)
  return {
    versions: facts.versions,
    pages: [...asked, ...facts.plan.pages.slice(asked.length).map(toNotRun)],
    leftOut: facts.plan.leftOut,
    problem,
    leftOver,
    masks: toMasks(options, facts),
  }
}
