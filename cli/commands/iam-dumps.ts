/** Reads dumps of IAM from files and folders. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toSentence } from '../../log/error-text.ts'
import { joinDumps, readDump, type Dump } from '../core/verify/dumps.ts'
import type { IamDocuments } from '../core/verify/iam-documents.ts'
import { usedWrongly } from '../output/exit-codes.ts'

async function toFiles(path: string): Promise<readonly string[]> {
  const found = await stat(path)
  if (!found.isDirectory()) return [path]
  const names = await readdir(path)
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(path, name))
}

async function readFiles(path: string): Promise<readonly (readonly [string, string])[]> {
  try {
    const files = await toFiles(path)
    return await Promise.all(
      files.map(async (file) => [file, await readFile(file, 'utf8')] as const),
    )
  } catch (error) {
    throw usedWrongly(`${path} cannot be read`, error)
  }
}

function toDump([file, text]: readonly [string, string]): Dump {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usedWrongly(`${file} is no JSON: ${toSentence(error)}`)
  }
  const dump = readDump(value)
  if (dump !== undefined) return dump
  throw usedWrongly(
    `${file} is none of what verify reads: what aws iam get-account-authorization-details, get-role, get-open-id-connect-provider or list-open-id-connect-providers prints, as JSON.`,
  )
}

/** What all of them say. */
export async function readDumps(paths: readonly string[]): Promise<IamDocuments> {
  const files = await Promise.all(paths.map(readFiles))
  return joinDumps(files.flat().map(toDump))
}
