// Echo in Node.js: node node.js HOST PORT, or node node.js PATH
const net = require('net')
const [host, port] = process.argv.slice(2)
const server = net.createServer({ allowHalfOpen: true }, (conn) => {
  conn.setNoDelay(true)
  conn.on('error', () => {})
  conn.pipe(conn)
})
if (port) server.listen({ host, port: Number(port), backlog: 128 })
else server.listen({ path: host })
