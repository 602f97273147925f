/**
 * Bundles each program into one minified CommonJS file in `dist/`: images carry no `node_modules`. Beside the bundles
 * of an image stands the file with the licences of what went into them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { build, type Plugin } from 'esbuild'
import { z } from 'zod'
import { thirdPartyLicenses } from './licenses.ts'

/** The bundles of each image. */
const IMAGES = { webhook: ['webhook', 'kubeconfig', 'x509'], sidecar: ['sidecar', 'assume'] }

/**
 * What programs load only where they need it, with the bundle of its own that it is in. Within the bundle of the
 * program it would cost each start its size several times over (the client library of kubeconfigs: 14 MB), used or not.
 */
const LOADED_LATER: Readonly<Record<string, string>> = {
  './kubeconfig.ts': 'kubeconfig',
  '@peculiar/x509': 'x509',
}

/** Refuses to build where nothing loads one of them: its file has moved, and is in the bundle of the program then. */
const loadedLater: Plugin = {
  name: 'loaded-later',
  setup: (bundling) => {
    const unmet = new Set(Object.keys(LOADED_LATER))
    bundling.onResolve({ filter: /./ }, ({ kind, path }) => {
      const bundle = kind === 'dynamic-import' ? LOADED_LATER[path] : undefined
      if (bundle === undefined) return undefined
      unmet.delete(path)
      return { path: `./${bundle}.cjs`, external: true }
    })
    bundling.onEnd(() => {
      const errors = [...unmet].map((path) => ({
        text: `nothing imports ${path} when it is needed; see LOADED_LATER`,
      }))
      return { errors }
    })
  },
}

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')))

const { metafile } = await build({
  entryPoints: {
    webhook: 'webhook/main.ts',
    kubeconfig: 'webhook/kubernetes/kubeconfig.ts',
    x509: '@peculiar/x509',
    sidecar: 'sidecar/main.ts',
    assume: 'sidecar/assume.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  plugins: [loadedLater],
  minify: true,
  platform: 'node',
  // ES modules where a package has both: only they can be shaken, and the AWS SDK's bundle is read at every refresh.
  mainFields: ['module', 'main'],
  target: 'node24',
  format: 'cjs',
  metafile: true,
  // They are in the licence file of the image, once instead of once a file.
  legalComments: 'none',
  logLevel: 'warning',
  // The version is a constant of the bundle; from source it is read as 'dev'.
  define: { ROLECHAIN_VERSION: JSON.stringify(version) },
})

for (const [image, bundles] of Object.entries(IMAGES)) {
  const files = bundles.flatMap((bundle) =>
    Object.keys(metafile.outputs[`dist/${bundle}.cjs`]?.inputs ?? {}),
  )
  writeFileSync(`dist/${image}.licenses.txt`, thirdPartyLicenses(files))
}

// Images are built from a part of the project, without the command.
if (existsSync('cli')) {
  const { buildCommand, toKrewManifest } = await import('./build-command.ts')
  await buildCommand('dist', version)
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination=dist'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (packed.status !== 0) throw new Error('npm pack failed')
  const archive = readFileSync(`dist/rolechain-${version}.tgz`)
  writeFileSync('dist/rolechain.krew.yaml', toKrewManifest(version, archive))
}
