// Node's cluster: one-way throughput. Usage: node throughput.js to-workers|to-master MESSAGES WORKERS [WARMUP] [keep]
// Prints seconds from the first send until the last message has been received. WARMUP messages go the same way before.
// With keep the receiver keeps all messages in an array.
const cluster = require('cluster');

const [direction, total, workers, warmUp] = [process.argv[2], ...process.argv.slice(3, 6).map(Number)];
const kept = process.argv[6] === 'keep' ? [] : null;
const share = total / workers;
const early = (warmUp ?? 0) / workers;
const body = (id) => ({ id, name: `item ${id}`, value: id * 1.5, tags: ['a', 'b', 'c'], ok: true });

if (cluster.isPrimary) {
  const all = Array.from({ length: workers }, () => cluster.fork());
  let ready = 0, start, round;
  const go = (count, then) => {
    if (!count) return then();
    round = { received: 0, done: 0, total: count * workers, then };
    if (direction === 'to-master') all.forEach((w) => w.send(count));
    else for (let i = 0; i < count; i++) for (const w of all) w.send(body(i));
  };
  const finish = () => {
    console.log(Number(process.hrtime.bigint() - start) / 1e9);
    process.exit(0);
  };
  cluster.on('message', (worker, message) => {
    kept?.push(message);
    if (message === 'ready') {
      if (++ready === workers) go(early, () => { start = process.hrtime.bigint(); go(share, finish); });
    } else if (message === 'done' ? ++round.done === workers : ++round.received === round.total) {
      round.then();
    }
  });
} else if (direction === 'to-master') {
  process.on('message', (count) => { for (let i = 0; i < count; i++) process.send(body(i)); });
  process.send('ready');
} else {
  let received = 0;
  process.on('message', (message) => {
    kept?.push(message);
    received++;
    if (received === early || received === early + share) process.send('done');
  });
  process.send('ready');
}
