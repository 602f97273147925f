/** Manifests and configurations from files, folders and stdin. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toSentence } from '../../log/error-text.ts'
import { readManifest, type Manifest } from '../core/manifests/manifest.ts'
import { usedWrongly } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'

/** A text with where it comes from. */
export interface SourceText {
  readonly source: string
  readonly text: string
}

const MANIFEST = /\.(?:ya?ml|json)$/i

/** Larger ones are no manifests. */
const LIMIT_BYTES = 32 * 1024 * 1024

/** The texts of files, of all YAML and JSON files below folders, and of stdin (`-`), in this order. */
export async function readTexts(
  paths: readonly string[],
  surroundings: Surroundings,
): Promise<readonly SourceText[]> {
  const texts: SourceText[] = []
  for (const path of paths) {
    if (path === '-') texts.push({ source: 'stdin', text: await surroundings.readStdin() })
    else texts.push(...(await readPath(path)))
  }
  return texts
}

/** The same, read as manifests. */
export async function readManifests(
  paths: readonly string[],
  surroundings: Surroundings,
): Promise<readonly Manifest[]> {
  const texts = await readTexts(paths, surroundings)
  return texts.map(({ source, text }) => toManifest(source, text))
}

/** Throws a sentence that names the source. */
export function toManifest(source: string, text: string): Manifest {
  try {
    return readManifest(source, text)
  } catch (error) {
    throw usedWrongly(`${source} cannot be read as manifests: ${toSentence(error)}. Correct it.`)
  }
}

async function readPath(path: string): Promise<readonly SourceText[]> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return [await readText(path, found.size)]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile() && MANIFEST.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
    if (files.length === 0) throw new Error('the folder has no .yaml, .yml or .json file')
    return await Promise.all(files.map(async (file) => readText(file, (await stat(file)).size)))
  } catch (error) {
    throw usedWrongly(
      `${path} cannot be read: ${toSentence(error)}. Name a file or folder that is there.`,
    )
  }
}

async function readText(path: string, size: number): Promise<SourceText> {
  if (size > LIMIT_BYTES) throw new Error(`it has more than ${LIMIT_BYTES} bytes`)
  return { source: path, text: await readFile(path, 'utf8') }
}
