const { loadEngine } = require('yuma-core')
const { loadEmission } = require('yuma-core/emission')
const { generate, parseNetwork } = require('yuma-core/snapshot')
const { figures } = require('./figures.js')

figures({ loadEngine, loadEmission, generate, parseNetwork }).then((found) =>
  console.log(JSON.stringify(found)),
)
