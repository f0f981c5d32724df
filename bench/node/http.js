// An HTTP server on Node's cluster, beside bench/http.ps1. Prints its port when all workers listen; ends when stdin does.
//   node http.js workers
const cluster = require('cluster');
const http = require('http');

if (cluster.isPrimary) {
  const workers = Number(process.argv[2]);
  let listening = 0;
  cluster.on('listening', (worker, address) => {
    if (++listening === workers) console.log(address.port);
  });
  for (let i = 0; i < workers; i++) cluster.fork();
  process.stdin.on('end', () => process.exit(0)).resume();
} else {
  http.createServer((request, response) => {
    const path = request.url;
    if (path === '/hello') {
      response.setHeader('Content-Type', 'text/plain; charset=utf-8');
      response.end('Hello, world');
    } else if (path === '/wait') {
      setTimeout(() => response.end('done'), 5);
    } else if (path === '/echo/7' && request.method === 'POST') {
      const parts = [];
      request.on('data', part => parts.push(part));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString());
        response.setHeader('Content-Type', 'application/json; charset=utf-8');
        response.end(JSON.stringify({ id: 7, name: body.name, sum: body.values.reduce((a, b) => a + b, 0), ok: true }));
      });
    } else {
      response.statusCode = 404;
      response.end();
    }
  }).listen(0, '127.0.0.1');
}
