import { useLayoutEffect, useState } from 'preact/hooks'

/** The width of an element's content, as it changes; 0 before it is laid out. */
export function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const node = element.current
    if (node === null) return
    const measure = (): void => setWidth(Math.floor(node.clientWidth))
    measure()
    const watcher = new ResizeObserver(measure)
    watcher.observe(node)
    return () => watcher.disconnect()
  }, [element])
  return width
}
