import { render } from 'preact'
import './style.css'
import { App } from './app.tsx'
import { begin } from './state/session.ts'

render(<App />, document.getElementById('root')!)
void begin()
