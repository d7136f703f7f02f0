/** This package's version, which its platform packages share; `test/packaging/contents.test.ts` holds it to package.json. */
export const VERSION = '0.1.0'
