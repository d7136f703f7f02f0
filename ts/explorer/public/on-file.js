// A browser loads no module from a file: the page that is one file is opened in its place.
if (location.protocol === 'file:' && !location.pathname.endsWith('file.html')) {
  location.replace(`file.html${location.hash}`)
}
