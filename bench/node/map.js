// The peer of bench/map.ps1: a pool over child_process.fork, one worker per core. The next item goes to the worker with the fewest
// of them, which has four at most. Prints one number, as map-side.ps1 does.
//   node map.js trivial|ms|uneven|large|cpu|two|calibrate [ITEMS] [LOOPS] [cold]
const { fork } = require('child_process');

const kind = process.argv[2];
const [items, loops] = [Number(process.argv[3] ?? 1), Number(process.argv[4] ?? 1)];
const cold = process.argv.includes('cold');
const window = 4;

function spin(rounds) {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum = (sum * 31 + i) % 1000003;
  return 1;
}

function work(item) {
  switch (kind) {
    case 'large': return item.length;
    case 'ms': return spin(loops);
    case 'uneven': return spin(item % 100 === 50 ? 100 * loops : loops);
    case 'cpu': return spin(25 * loops);
    default: return item * 2;
  }
}

const now = () => Number(process.hrtime.bigint()) / 1e9;
const pool = [];

function start() {
  for (let i = 0; i < require('os').cpus().length; i++) {
    const worker = { process: fork(__filename, process.argv.slice(2)), open: 0 };
    worker.process.on('message', (answer) => { worker.open--; worker.done(answer); });
    pool.push(worker);
  }
}

function map(list) {
  return new Promise((resolve) => {
    let next = 0, sum = 0, done = 0;
    const send = () => {
      while (next < list.length) {
        const worker = pool.reduce((least, one) => (one.open < least.open ? one : least));
        if (worker.open >= window) return;
        worker.open++;
        worker.process.send({ item: list[next++] });
      }
    };
    for (const worker of pool) {
      worker.done = (answer) => {
        sum += answer;
        if (++done === list.length) resolve(sum);
        else send();
      };
    }
    send();
  });
}

async function measure(list) {
  const start = now();
  await map(list);
  return now() - start;
}

async function main() {
  if (kind === 'calibrate') {
    let best = 1;
    for (let i = 0; i < 200; i++) {
      const start = now();
      spin(200000);
      best = Math.min(best, now() - start);
    }
    return Math.round(200 / best);
  }
  const list = kind === 'two' ? [1, 2]
    : Array.from({ length: items }, (_, i) => (kind === 'large' ? String(i + 1).padEnd(102400, 'x') : i + 1));
  const begin = now();
  start();
  if (cold) {
    await map(list);
    return now() - begin;
  }
  const some = list.slice(0, Math.max(2, Math.floor(list.length / 10)));
  const expected = { trivial: some.length * (some.length + 1), two: some.length * (some.length + 1), large: some.length * 102400 }[kind] ?? some.length;
  for (let i = 0; i < 3; i++) if (await map(some) !== expected) throw new Error('The results are wrong.');
  if (kind === 'two') {
    const times = [];
    for (let i = 0; i < items; i++) times.push(await measure(list));
    times.sort((a, b) => a - b);
    return times[Math.floor(items / 2)] * 1000;
  }
  if (kind === 'cpu') {
    const start = now();
    for (const item of list) work(item);
    const alone = now() - start;
    return alone / await measure(list);
  }
  return measure(list);
}

if (process.send) {
  process.on('message', (message) => process.send(work(message.item)));
} else {
  main().then((figure) => {
    console.log(figure);
    process.exit(0);
  });
}
