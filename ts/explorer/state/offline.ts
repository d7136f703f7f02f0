/** Has the browser keep the page's files, so that it opens without a network from then on. */
export async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || !globalThis.isSecureContext || location.protocol === 'file:') return
  try {
    await navigator.serviceWorker.register('./offline.js')
  } catch {
    // A browser that keeps nothing shows the page all the same.
  }
}
