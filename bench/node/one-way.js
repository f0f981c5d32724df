// Node's cluster: one large Buffer at a time from the primary to a worker, which answers with its length.
// Usage: node one-way.js BYTES COUNT. Prints the median in seconds.
const cluster = require('cluster');

const [bytes, count] = [Number(process.argv[2]), Number(process.argv[3])];

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork();
  const message = Buffer.alloc(bytes, 7);
  const times = [];
  let sent;
  worker.on('message', () => {
    if (sent) times.push(Number(process.hrtime.bigint() - sent) / 1e9);
    if (times.length === count) {
      times.sort((a, b) => a - b);
      console.log(times[Math.floor(count / 2)]);
      process.exit(0);
    }
    sent = process.hrtime.bigint();
    worker.send(message);
  });
} else {
  process.on('message', (message) => process.send(message.length));
  process.send('ready');
}
