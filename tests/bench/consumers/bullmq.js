// The job that does nothing, for BullMQ; with a number it publishes so many.
const { Queue, Worker } = require("bullmq");
const fs = require("fs");

const address = new URL(process.env.BENCH_BROKER);
const connection = { host: address.hostname, port: Number(address.port), maxRetriesPerRequest: null };
const CHUNK = 500;
const count = Number(process.argv[2] || 0);

async function fill() {
  const queue = new Queue("bench", { connection });
  const job = { name: "noop", data: {}, opts: { removeOnComplete: true } };
  for (let first = 0; first < count; first += CHUNK) {
    await queue.addBulk(Array(Math.min(CHUNK, count - first)).fill(job));
  }
  await queue.close();
}

function work() {
  const hits = fs.openSync(process.env.BENCH_HITS, "a");
  new Worker("bench", async () => { fs.writeSync(hits, "."); }, { connection, concurrency: 50 });
}

if (count) fill(); else work();
