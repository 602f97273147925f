/**
 * The application of the demo: an unmodified AWS SDK with its default credential chain. It asks AWS who it is, and
 * reads an object again and again. It knows nothing of roles, chains or rolechain.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const PAUSE_MS = 250
const OBJECT = 'report.txt'

const sts = new STSClient({})
const s3 = new S3Client({})

async function sayWhoIAm() {
  const { Arn: identity } = await sts.send(new GetCallerIdentityCommand({}))
  say({ identity })
}

async function read(): Promise<void> {
  const { Buckets: [bucket] = [] } = await s3.send(new ListBucketsCommand({}))
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket?.Name, Key: OBJECT }))
  say({ read: `s3://${bucket?.Name}/${OBJECT}`, text: await body?.transformToString() })
}

/** Returns whether it worked. */
async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    say({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
    return false
  }
}

function say(line: Record<string, unknown>) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

if (process.argv.includes('--once')) {
  process.exitCode = (await attempt(sayWhoIAm)) ? 0 : 1
} else {
  await attempt(sayWhoIAm)
  for (;;) {
    await attempt(read)
    await sleep(PAUSE_MS)
  }
}
