// Echo in Node.js: node node.js [pipe] HOST PORT, or PATH; pipe: as a first example has it
const net = require('net')
const words = process.argv.slice(2)
const pipe = words[0] === 'pipe' && words.shift()
const [host, port] = words
const server = pipe ? net.createServer((conn) => conn.pipe(conn)) : net.createServer({ allowHalfOpen: true }, (conn) => {
  conn.setNoDelay(true)
  conn.on('error', () => {})
  conn.pipe(conn)
})
if (port) server.listen({ host, port: Number(port), backlog: 128 })
else server.listen({ path: host })
