/**
 * The application of the demo: an unmodified AWS SDK with its default credential chain. It asks AWS who it is, and
 * reads an object again and again; where it has an AWS config file, by each of its profiles too, all at once. It knows
 * nothing of roles, chains or rolechain.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const PAUSE_MS = 250
/** Near the end of a session an SDK runs a profile's program for each call. */
const PAUSE_OF_PROFILES_MS = 1000
const OBJECT = 'report.txt'

/** The names of all profiles; none where there is no file. */
function readProfiles(): string[] {
  const { AWS_CONFIG_FILE: file } = process.env
  if (file === undefined) return []
  return [...readFileSync(file, 'utf8').matchAll(/^\[profile (\S+)\]/gmu)].map(
    ([, name = '']) => name,
  )
}

/** One identity: of a profile, or the default one. */
function createCaller(profile?: string) {
  const options = profile === undefined ? {} : { profile }
  const sts = new STSClient(options)
  const s3 = new S3Client(options)
  const say = (line: Record<string, unknown>) => {
    process.stdout.write(`${JSON.stringify({ profile, ...line })}\n`)
  }
  /** Returns whether it worked. */
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      say({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
      return false
    }
  }
  return {
    sayWhoIAm: () =>
      attempt(async () => {
        const { Arn: identity } = await sts.send(new GetCallerIdentityCommand({}))
        say({ identity })
      }),
    read: () =>
      attempt(async () => {
        const { Buckets: [bucket] = [] } = await s3.send(new ListBucketsCommand({}))
        const object = new GetObjectCommand({ Bucket: bucket?.Name, Key: OBJECT })
        const { Body: body } = await s3.send(object)
        say({ read: `s3://${bucket?.Name}/${OBJECT}`, text: await body?.transformToString() })
      }),
  }
}

const profiles = readProfiles()
const callers =
  profiles.length === 0 ? [createCaller()] : profiles.map((profile) => createCaller(profile))

if (process.argv.includes('--once')) {
  const worked = await Promise.all(callers.map((caller) => caller.sayWhoIAm()))
  process.exitCode = worked.every(Boolean) ? 0 : 1
} else {
  await Promise.all(callers.map((caller) => caller.sayWhoIAm()))
  for (;;) {
    await Promise.all(callers.map((caller) => caller.read()))
    await sleep(profiles.length === 0 ? PAUSE_MS : PAUSE_OF_PROFILES_MS)
  }
}
