// The explorer's service worker: keeps the page's files, and answers with them where there is no network.
// `scripts/build-explorer.mjs` puts in which they are.

const FILES = []
const NAME = ''

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers())
})

async function forgetOthers() {
  const names = await caches.keys()
  const own = names.filter((name) => name.startsWith('yuma-explorer-') && name !== NAME)
  await Promise.all(own.map((name) => caches.delete(name)))
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  const name = pathname.slice(new URL('./', location.href).pathname.length)
  // A file whose name has its content's hash is never another one; the page itself may be newer on the host.
  if (name.startsWith('assets/')) event.respondWith(kept(request))
  else if (name === '' || FILES.includes(`./${name}`)) event.respondWith(newest(request))
})

async function kept(request) {
  return (await caches.match(request)) ?? fetch(request)
}

async function newest(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const found = await caches.match(request, { ignoreSearch: true })
    if (found === undefined) throw error
    return found
  }
}
