// Node's cluster: round trips, one at a time. Usage: node round-trip.js COUNT [BYTES]
// Prints the median in microseconds. With BYTES the message is a Buffer of that size.
const cluster = require('cluster');

const [count, bytes] = [Number(process.argv[2]), Number(process.argv[3] ?? 0)];

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: bytes ? 'advanced' : 'json' });
  const worker = cluster.fork();
  const message = bytes ? Buffer.alloc(bytes, 7) : { id: 1, name: 'item 1', value: 1.5, tags: ['a', 'b', 'c'], ok: true };
  const times = [];
  const warmUp = Math.ceil(count / 5);
  let sent;
  const send = () => { sent = process.hrtime.bigint(); worker.send(message); };
  worker.on('message', () => {
    if (sent) times.push(Number(process.hrtime.bigint() - sent) / 1e3);
    if (times.length < count + warmUp) return send();
    const measured = times.slice(warmUp).sort((a, b) => a - b);
    console.log(measured[Math.floor(measured.length / 2)]);
    process.exit(0);
  });
} else {
  process.on('message', (message) => process.send(message));
  process.send('ready');
}
