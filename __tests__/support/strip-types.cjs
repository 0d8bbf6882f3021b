// Jest transformer: Node's own type stripping keeps lines and columns, so no source maps are needed.
const { stripTypeScriptTypes } = require('node:module')

module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }) }
