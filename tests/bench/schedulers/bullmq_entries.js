// Job schedulers that are all due at one instant, for BullMQ, and the worker that wakes.
const { Queue, Worker } = require("bullmq");
const fs = require("fs");

const address = new URL(process.env.BENCH_BROKER);
const connection = { host: address.hostname, port: Number(address.port), maxRetriesPerRequest: null };
const due = new Date(Number(process.env.BENCH_DUE_S) * 1000);
const pattern = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
const hits = fs.openSync(process.env.BENCH_HITS, "a");
const CHUNK = 200;

async function enter() {
  const queue = new Queue("bench", { connection });
  const opts = { removeOnComplete: true };
  const count = Number(process.env.BENCH_ENTRIES);
  for (let first = 0; first < count; first += CHUNK) {
    const some = Array.from({ length: Math.min(CHUNK, count - first) }, (_, n) =>
      queue.upsertJobScheduler(`s${first + n}`, { pattern, tz: "UTC" }, { name: "noop", opts }));
    await Promise.all(some);
  }
  new Worker("bench", async () => { fs.writeSync(hits, "."); }, { connection, concurrency: 50 });
}

enter();
