/**
 * Bundles each program into one minified CommonJS file in `dist/`: images carry no `node_modules`. Beside the bundles of an
 * image stands the file with the licences of what went into them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { z } from 'zod'
import { thirdPartyLicenses } from './licenses.ts'

/** The bundles of each image. */
const IMAGES = { webhook: ['webhook'], sidecar: ['sidecar', 'assume'] }

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')))

const { metafile } = await build({
  entryPoints: {
    webhook: 'webhook/main.ts',
    sidecar: 'sidecar/main.ts',
    assume: 'sidecar/assume.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  platform: 'node',
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
