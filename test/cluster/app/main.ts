/**
 * An ordinary application with an unmodified AWS SDK and its default credentials, which knows nothing of rolechain:
 * says who it is and reads one object, `once` (exit status 1 when it fails) or `forever`, a JSON line each time.
 */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { setInterval } from 'node:timers/promises'

const PERIOD_MS = 500

/** What one try gave; `error` is what the SDK told the application. */
interface Outcome {
  readonly identity?: string
  readonly object?: string
  readonly error?: string
}

async function readOnce(s3: S3Client, sts: STSClient): Promise<Outcome> {
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand())
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: process.env['BUCKET'], Key: process.env['KEY'] }),
    )
    return { identity: String(Arn), object: (await Body?.transformToString()) ?? '' }
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}

async function report(s3: S3Client, sts: STSClient): Promise<void> {
  const outcome = await readOnce(s3, sts)
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
  process.exitCode = outcome.error === undefined ? 0 : 1
}

async function main(mode: string | undefined): Promise<void> {
  // Path style: the strict AWS is reached by an address, which takes no bucket name before it.
  const s3 = new S3Client({ forcePathStyle: true })
  const sts = new STSClient()
  await report(s3, sts)
  if (mode === 'forever') for await (const _ of setInterval(PERIOD_MS)) await report(s3, sts)
}

process.once('SIGTERM', () => process.exit(0))
await main(process.argv[2])
