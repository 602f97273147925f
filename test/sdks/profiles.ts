/**
 * Checks of containers with several targets: each is a profile, by the SDK's own way to name one and by `AWS_PROFILE`.
 * The helper is the real one, and the tokens are at their true paths.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { configFile, SIDECAR_CONTAINER_NAME } from '../../sidecar/contract.ts'
import type { ProfileReport, Shown } from './checks.ts'
import type { Client } from './client.ts'
import { checkCommandLine } from './command-line.ts'
import { beNobody, beRole, withClient, type Subject } from './in-an-hour.ts'
import { APPLICATION, REGION } from './places.ts'
import {
  DEPLOY,
  DEV,
  objectOf,
  PROD,
  start,
  STG,
  useProfile,
  type Profile,
  type Stage,
  type Variables,
} from './profile-stage.ts'
import { checkProfileOverRenewals } from './profiles-over-renewals.ts'
import { startScene } from './scene.ts'

/** A profile whose role does not exist. */
const GONE = 'gone'

export async function checkProfiles(subject: Subject): Promise<ProfileReport> {
  const report = await checkInAnHour(subject)
  await checkProfileOverRenewals(subject)
  return report
}

async function checkInAnHour(subject: Subject): Promise<ProfileReport> {
  const { helper, pods, recorder } = subject
  const scene = await startScene({ rolesOf: 'profiles', helper })
  const nothing: Shown = { error: '', said: '' }
  const errors = { gone: nothing, foreign: nothing, none: nothing }
  let region = ''
  const { check } = recorder
  try {
    const stage: Stage = { subject, scene, pod: await scene.startPod(pods.profiles) }
    if (subject.hasProfileOption)
      await check('profileOption', async () => {
        region = await checkOption(stage)
        return region
      })
    await check('profileVariable', () => checkVariable(stage))
    await check('profileDefault', () => checkDefault(stage))
    await check('profileRefused', async () => {
      errors.gone = await seeNothing(stage, GONE)
      // By the file of a container that may use more.
      const AWS_CONFIG_FILE = join(stage.pod.rootOf(APPLICATION), configFile(DEPLOY))
      errors.foreign = await seeNothing(stage, PROD.name, { AWS_CONFIG_FILE })
      errors.none = await withClient(start(stage, APPLICATION), async (client) => ({
        error: await beNobody(client),
        said: client.said(),
      }))
      return errors.gone.error
    })
    await check('profileCrash', () => checkCrash(stage))
    if (subject.isCommandLine)
      await check('commandLine', () =>
        checkCommandLine((variables) => start(stage, DEPLOY, variables)),
      )
    return { errors, region }
  } finally {
    await scene.stop()
  }
}

/** Several profiles in one process. Says where the region comes from. */
async function checkOption(stage: Stage): Promise<string> {
  return withClient(start(stage, APPLICATION), async (client) => {
    const regions: string[] = []
    for (const profile of [DEV, STG, DEV]) {
      const told = await useProfile(client, profile)
      await beProfile(stage, client, profile)
      if (told !== '') regions.push(told)
    }
    if (regions.length === 0) return 'said by the program'
    assert.deepEqual(regions, [DEV.region, STG.region, DEV.region])
    return 'of the profile'
  })
}

async function checkVariable(stage: Stage): Promise<string> {
  const { isReader, prefersDefault } = stage.subject
  for (const container of [APPLICATION, DEPLOY])
    // The stand-in for AWS has its buckets in one region.
    for (const profile of isReader ? [DEV] : [STG, DEV]) {
      const isPassedOver = container === DEPLOY && prefersDefault
      await beByVariable(stage, container, { profile, expected: isPassedOver ? PROD : profile })
    }
  return prefersDefault ? 'only where there is no default' : 'with and without another default'
}

async function beByVariable(
  stage: Stage,
  container: string,
  { profile, expected }: { readonly profile: Profile; readonly expected: Profile },
): Promise<void> {
  const variables = { AWS_PROFILE: profile.name, object: objectOf(expected) }
  await withClient(start(stage, container, variables), async (client) => {
    await beRole(client, expected.roleArn)
    if (stage.subject.hasRegion) assertRegion(stage, profile)
  })
}

async function checkDefault(stage: Stage): Promise<string> {
  return withClient(start(stage, DEPLOY, { object: objectOf(PROD) }), async (client) => {
    await beProfile(stage, client, PROD)
    if (!stage.subject.hasProfileOption) return 'the default'
    await useProfile(client, DEV)
    await beProfile(stage, client, DEV)
    await useProfile(client, PROD)
    await beProfile(stage, client, PROD)
    return 'the default, by name too'
  })
}

/** A process that needs its first credentials just then. */
async function checkCrash(stage: Stage): Promise<string> {
  return withClient(startAs(stage, DEV.name), async (client) => {
    if (stage.subject.hasProfileOption) await useProfile(client, DEV)
    await stage.pod.crash(SIDECAR_CONTAINER_NAME)
    const { error } = await client.ask('identity')
    await beRole(client, DEV.roleArn)
    // On a machine with other work a restart takes longer than the helper waits.
    return error === undefined ? 'at once' : 'at the second call'
  })
}

/** What a process shows that uses a profile and gets nothing. */
async function seeNothing(stage: Stage, name: string, variables: Variables = {}): Promise<Shown> {
  return withClient(startAs(stage, name, variables), async (client) => {
    const { error } = stage.subject.hasProfileOption
      ? await client.ask(`profile ${name} ${REGION}`)
      : {}
    return { error: error ?? (await beNobody(client)), said: client.said() }
  })
}

/** With the variable where the SDK has no way of its own to name a profile. */
function startAs(stage: Stage, name: string, variables: Variables = {}): Promise<Client> {
  const own = stage.subject.hasProfileOption ? {} : { AWS_PROFILE: name }
  return start(stage, APPLICATION, { ...variables, ...own })
}

async function beProfile(stage: Stage, client: Client, profile: Profile): Promise<void> {
  await beRole(client, profile.roleArn)
  assertRegion(stage, profile)
}

/** Of the application's last call: the sidecar renews its sessions at any moment, in a region of its own. */
function assertRegion({ scene }: Stage, { name, region }: Profile): void {
  const calls = scene.aws.trail().filter(({ eventName }) => !eventName.startsWith('AssumeRole'))
  const { awsRegion } = calls.at(-1) ?? {}
  assert.equal(awsRegion, region, `profile ${name}: region`)
}
