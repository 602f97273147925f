/**
 * Bundles the command `rolechain` for npm and krew: one file that is read at every start, and beside it one for each
 * part that only some commands need (the client of Kubernetes, the AWS SDK). The package needs no other package.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { stringify } from 'yaml'
import { thirdPartyLicenses } from './licenses.ts'

/** The one that is read at every start. Those beside it begin with the same name. */
const BUNDLE = 'rolechain'

/** Rooms whose files are loaded when they are needed: each command, and what loads large libraries. */
const LATER = /^cli\/(?:commands|cluster|aws)\//

/** What must not be read at every start. */
const LARGE = /node_modules\/(?:@kubernetes|@aws-sdk|@smithy)\//

/** The oldest Node that is maintained. */
const TARGET = 'node22'

/** Files of those rooms that are imported when they are needed, with the name of their bundle. */
function findLaterBundles(): ReadonlyMap<string, string> {
  const found = globSync('cli/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, path = '']) =>
      normalize(join(dirname(file), path)),
    ),
  )
  return new Map(
    [...new Set(found)]
      .filter((file) => LATER.test(file))
      .map((file) => [file, `${BUNDLE}-${file.replace(/^cli\/|\.ts$/g, '').replaceAll('/', '-')}`]),
  )
}

/** Whoever imports such a file gets its bundle, so that each part is there once. */
function loadedLater(bundles: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'loaded-later',
    setup: (bundling) => {
      bundling.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        const bundle = bundles.get(relative(process.cwd(), join(resolveDir, path)))
        return kind === 'entry-point' || bundle === undefined
          ? undefined
          : { path: `./${bundle}.cjs`, external: true }
      })
    },
  }
}

/** Writes the bundles and their licences into a folder. */
export async function buildCommand(outdir: string, version: string): Promise<void> {
  const later = findLaterBundles()
  const { metafile } = await build({
    entryPoints: {
      [BUNDLE]: 'cli/main.ts',
      ...Object.fromEntries([...later].map(([file, bundle]) => [bundle, file])),
    },
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    plugins: [loadedLater(later)],
    minify: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    target: TARGET,
    format: 'cjs',
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { ROLECHAIN_VERSION: JSON.stringify(version) },
  })
  const [, first] =
    Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/${BUNDLE}.cjs`)) ?? []
  const large = Object.keys(first?.inputs ?? {}).find((file) => LARGE.test(file))
  if (large !== undefined) {
    throw new Error(
      `${large} is in the bundle of every start; import it from a room that is loaded later`,
    )
  }
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
  writeFileSync(join(outdir, `${BUNDLE}.licenses.txt`), thirdPartyLicenses(files))
}

/** Where releases are. */
const HOMEPAGE = 'https://github.com/rolechain/rolechain'

/** The manifest by which krew installs the packed package as a plugin of kubectl. */
export function toKrewManifest(version: string, archive: Uint8Array): string {
  const platform = (os: string) => ({
    selector: { matchLabels: { os } },
    uri: `${HOMEPAGE}/releases/download/v${version}/rolechain-${version}.tgz`,
    sha256: createHash('sha256').update(archive).digest('hex'),
    files: [
      { from: 'package/dist/*', to: '.' },
      { from: 'package/LICENSE', to: '.' },
    ],
    bin: `${BUNDLE}.cjs`,
  })
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'rolechain' },
    spec: {
      version: `v${version}`,
      homepage: HOMEPAGE,
      shortDescription: 'AWS roles for pods: set up, check and explain',
      description:
        'Checks an installation of rolechain, shows what its webhook makes of manifests,\nexplains who each container will be in AWS, and writes and verifies the policies\nof every role of a chain.\n',
      caveats: 'Needs Node 22 or newer on the PATH.\n',
      platforms: ['linux', 'darwin'].map(platform),
    },
  })
}
