import { render } from 'preact'
import './style.css'
import { App } from './app.tsx'
import { keepOffline } from './state/offline.ts'
import { begin } from './state/session.ts'

render(<App />, document.getElementById('root')!)
void begin().then(keepOffline)
