// The site of the pages and the API reference; scripts/site.mjs lays out what it is made of.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

const page = (text, link) => ({ text, link: `/docs/${link}` })

export default {
  title: 'yuma-core',
  description: "The consensus core of Bittensor, to the chain's last bit",
  srcDir: 'src',
  outDir: '../.cache/site',
  cacheDir: '../.cache/site-cache',
  // Links to files that are in the repository and no pages.
  ignoreDeadLinks: [(url) => existsSync(`${REPOSITORY}/${url.replace(/^(\.\.?\/)+/, '')}`)],
  markdown: { theme: { light: 'github-light', dark: 'github-dark' } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Getting started', link: '/docs/getting-started' },
      { text: 'API', link: '/api/' },
      { text: 'Explorer', link: '/explorer/index.html', target: '_self' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Overview', link: '/' },
          page('Getting started', 'getting-started'),
          page('A chain to try things on', 'demo'),
          page('Reading chains', 'chain'),
          page('Verifying', 'verify'),
          page('The history', 'replay'),
          page('Numbers and alerts', 'watch'),
          page('Emission', 'emission'),
          page('What if', 'what-if'),
          page('Simulating', 'simulate'),
          page('What comes next', 'next'),
          page('In workers', 'worker'),
          page('Bundlers and runtimes', 'bundlers'),
          page('Explorer', 'explorer'),
          page('Errors and exit codes', 'errors'),
        ].filter(({ link }) => link === '/' || existsSync(`${REPOSITORY}${link}.md`)),
      },
      {
        text: 'Studies',
        items: [
          page('How evenly', 'studies/fairness'),
          page('Copying weights', 'studies/copying'),
          page('Hyperparameters', 'studies/hyperparameters'),
          page('Takeover', 'studies/takeover'),
          page('An honest majority', 'studies/majority'),
          page('Published cases', 'studies/cases'),
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'API', link: '/api/' },
          page('Snapshot files', 'snapshot-format'),
          page('Fields of an epoch', 'fields'),
          page('Fields of blocks', 'fields-of-blocks'),
          page('Rules by version', 'rules'),
          page('History of the rules', 'rule-history'),
          page('Performance', 'performance'),
          page('At scale', 'scale'),
          page('Architecture', 'architecture'),
          { text: 'Contributing', link: '/CONTRIBUTING' },
        ],
      },
    ],
  },
}
