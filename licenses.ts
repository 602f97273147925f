/**
 * Collects the licences of the packages that went into a bundle: images carry them beside it, as those licences ask.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const packageFile = z.object({ name: z.string(), version: z.string(), license: z.string() })

const LICENSE_FILE = /^(?:licen[cs]e|notice|copying)/i

/** Folder of the package that a bundled file belongs to (the innermost one), or undefined for a file of our own. */
export function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

/**
 * One text with name, version, licence and licence files of every package among the bundled files, ordered by folder.
 * A package that ships no licence file is named with the licence that its package.json declares; one that declares none
 * is an error.
 */
export function thirdPartyLicenses(bundledFiles: readonly string[]): string {
  const folders = new Set(bundledFiles.map(packageFolder).filter((folder) => folder !== undefined))
  return [...folders].sort().map(licenseOf).join('\n')
}

function licenseOf(folder: string): string {
  const { name, version, license } = packageFile.parse(
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  )
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`# ${name} ${version} (${license})`, ...texts].join('\n\n') + '\n'
}
