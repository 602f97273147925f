/**
 * What S3 does, each operation authorised by the permission policies of the calling session. There are no bucket
 * policies, so nobody reaches the bucket of another AWS account. Source: Amazon S3 API Reference, "ListBuckets",
 * "ListObjectsV2", "GetObject", "HeadObject", "PutObject", "DeleteObject"; IAM User Guide, "Cross-account policy
 * evaluation logic".
 */
import { createHash } from 'node:crypto'
import { explain } from '../../iam/explain.ts'
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import type { Bucket, StoredObject } from './configuration.ts'
import { decodeBody } from './aws-chunked.ts'
import { decidePermission, type Permission } from './permissions.ts'
import { queryValue } from './request.ts'
import type { RoleSession } from './session-store.ts'
import { writeXml } from './xml.ts'

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const XML = { 'content-type': 'application/xml' }

/** What a request's URL is about; empty where it names no bucket or no key. */
export interface Address {
  readonly bucketName: string
  readonly key: string
}

interface Asked extends Address {
  readonly caller: RoleSession
}

interface Done {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** By method, what the URL names, and the parameters that matter. */
const NAMES: Readonly<Record<string, string>> = {
  'GET service': 'ListBuckets',
  'GET bucket list-type=2': 'ListObjectsV2',
  'PUT bucket': 'CreateBucket',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'PUT object': 'PutObject',
  'DELETE object': 'DeleteObject',
}

/** The name of an operation, or `Unknown`. */
export function findOperation(signature: string): string {
  return NAMES[signature] ?? 'Unknown'
}

function accessDenied(caller: RoleSession, action: string, resource: string): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: "${resource}"`,
    { status: 403 },
  )
}

/** Refuses what the caller's policies do not allow, and notes why for the trail. */
function check(call: Call, caller: RoleSession, permission: Permission): void {
  const decision = decidePermission(caller, permission)
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  throw accessDenied(caller, permission.action, permission.resource)
}

/** A bucket that the caller's AWS account owns. Whether a foreign one exists is told only by the code, as in S3. */
function findBucket(call: Call, { caller, bucketName }: Asked): Bucket {
  const bucket = call.environment.world.buckets.get(bucketName)
  if (bucket === undefined || bucket.partition !== caller.role.partition)
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 })
  if (bucket.ownerId !== caller.role.accountId) {
    call.notes.why = [
      `The bucket ${bucketName} is in another AWS account, and no bucket has a policy here.`,
    ]
    throw accessDenied(caller, `s3:${call.operation}`, toArn(caller, bucketName))
  }
  return bucket
}

function toArn({ role }: RoleSession, path: string): string {
  return `arn:${role.partition}:s3:::${path}`
}

/** "The region in the credential scope is that of the bucket"; for requests without a bucket any will do. */
export function checkRegion(call: Call, bucketName: string): void {
  const expected = call.environment.world.buckets.get(bucketName)?.region
  if (expected !== undefined && expected !== call.notes.region)
    throw new AwsError(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${call.notes.region}' is wrong; expecting '${expected}'`,
    )
}

function toIso(ms: number): string {
  return new Date(ms).toISOString()
}

function listBuckets(call: Call, { caller }: Asked): Done {
  check(call, caller, { action: 's3:ListAllMyBuckets', resource: toArn(caller, '*') })
  const own = [...call.environment.world.buckets.values()].filter(
    ({ ownerId }) => ownerId === caller.role.accountId,
  )
  const body = writeXml('ListAllMyBucketsResult', NAMESPACE, {
    Owner: { ID: caller.role.accountId },
    Buckets: {
      Bucket: own.map(({ name, region }) => ({
        Name: name,
        CreationDate: toIso(0),
        BucketRegion: region,
      })),
    },
  })
  return { headers: XML, body }
}

function toEtag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

/** "CommonPrefixes": the part of a key up to the first delimiter after the prefix, where it has one. */
function folderOf(key: string, prefix: string, delimiter: string): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return end === -1 ? undefined : key.slice(0, end + delimiter.length)
}

/** "encoding-type: url" leaves slashes alone. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/')
}

function listObjects(call: Call, asked: Asked): Done {
  const { caller, bucketName } = asked
  const bucket = findBucket(call, asked)
  const prefix = queryValue(call.request, 'prefix') ?? ''
  const keys = prefix === '' ? {} : { 's3:prefix': prefix }
  check(call, caller, { action: 's3:ListBucket', resource: toArn(caller, bucketName), keys })
  const delimiter = queryValue(call.request, 'delimiter') ?? ''
  const all = [...bucket.objects]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const folders = new Set(all.flatMap(([key]) => folderOf(key, prefix, delimiter) ?? []))
  const found = all.filter(([key]) => folderOf(key, prefix, delimiter) === undefined)
  const isUrl = queryValue(call.request, 'encoding-type') === 'url'
  const encode = isUrl ? encodeKey : (key: string) => key
  const body = writeXml('ListBucketResult', NAMESPACE, {
    Name: bucketName,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: isUrl ? 'url' : undefined,
    KeyCount: found.length + folders.size,
    MaxKeys: 1000,
    IsTruncated: 'false',
    Contents: found.map(([key, object]) => ({
      Key: encode(key),
      LastModified: toIso(object.modifiedAtMs),
      ETag: toEtag(object.body),
      Size: object.body.length,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: [...folders].map((folder) => ({ Prefix: encode(folder) })),
  })
  return { headers: XML, body }
}

/**
 * "If the object you request doesn't exist: with the s3:ListBucket permission, 404 (no such key); without it, 403."
 */
function findObject(call: Call, asked: Asked): StoredObject {
  const { caller, bucketName, key } = asked
  const bucket = findBucket(call, asked)
  check(call, caller, { action: 's3:GetObject', resource: toArn(caller, `${bucketName}/${key}`) })
  const object = bucket.objects.get(key)
  if (object !== undefined) return object
  check(call, caller, { action: 's3:ListBucket', resource: toArn(caller, bucketName) })
  throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 })
}

function getObject(call: Call, asked: Asked): Done {
  const { body, contentType, modifiedAtMs } = findObject(call, asked)
  return {
    headers: {
      'content-type': contentType,
      etag: toEtag(body),
      'last-modified': new Date(modifiedAtMs).toUTCString(),
    },
    body,
  }
}

function putObject(call: Call, asked: Asked): Done {
  const { caller, bucketName, key } = asked
  const bucket = findBucket(call, asked)
  check(call, caller, { action: 's3:PutObject', resource: toArn(caller, `${bucketName}/${key}`) })
  const body = decodeBody(call.request)
  const contentType = call.request.headers.get('content-type') ?? 'binary/octet-stream'
  bucket.objects.set(key, { body, contentType, modifiedAtMs: call.nowMs })
  return { headers: { etag: toEtag(body) }, body: '' }
}

/** The same answer where there is no such object. */
function deleteObject(call: Call, asked: Asked): Done {
  const { caller, bucketName, key } = asked
  const bucket = findBucket(call, asked)
  const resource = toArn(caller, `${bucketName}/${key}`)
  check(call, caller, { action: 's3:DeleteObject', resource })
  bucket.objects.delete(key)
  return { status: 204, body: '' }
}

/** "Bucket names are unique across all AWS accounts": of another's it is told that the name is taken, no more. */
function createBucket(call: Call, { caller, bucketName }: Asked): Done {
  check(call, caller, { action: 's3:CreateBucket', resource: toArn(caller, bucketName) })
  const { buckets } = call.environment.world
  const { accountId: ownerId, partition } = caller.role
  const taken = buckets.get(bucketName)
  if (taken !== undefined)
    throw taken.ownerId === ownerId
      ? new AwsError('BucketAlreadyOwnedByYou', 'The bucket is yours already.', { status: 409 })
      : new AwsError('BucketAlreadyExists', 'The requested bucket name is not available.', {
          status: 409,
        })
  const { region } = call.notes
  buckets.set(bucketName, { name: bucketName, ownerId, partition, region, objects: new Map() })
  return { headers: { location: `/${bucketName}` }, body: '' }
}

/** By name; what is missing here is not implemented. */
export const OPERATIONS: Readonly<Record<string, (call: Call, asked: Asked) => Done>> = {
  ListBuckets: listBuckets,
  ListObjectsV2: listObjects,
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  DeleteObject: deleteObject,
  CreateBucket: createBucket,
}
