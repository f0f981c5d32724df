// Node's cluster: one large Buffer at a time from the primary to a worker, which answers with its length.
// Usage: node one-way.js BYTES COUNT json|advanced. Prints the median in seconds. A cluster sends JSON unless told otherwise.
const cluster = require('cluster');

const [bytes, count, serialization] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4] ?? 'json'];

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization });
  const worker = cluster.fork();
  const message = Buffer.alloc(bytes, 7);
  const times = [];
  let sent;
  worker.on('message', (answer) => {
    if (sent) times.push(Number(process.hrtime.bigint() - sent) / 1e9);
    if (sent && answer !== bytes) throw new Error(`The worker received ${answer} of ${bytes} bytes.`);
    if (times.length === count) {
      times.sort((a, b) => a - b);
      console.log(times[Math.floor(count / 2)]);
      process.exit(0);
    }
    sent = process.hrtime.bigint();
    worker.send(message);
  });
} else {
  // In JSON a Buffer arrives as { type: 'Buffer', data: [...] }.
  process.on('message', (message) => process.send(message.length ?? message.data.length));
  process.send('ready');
}
