// The job that asks for one place, for BullMQ; with a number it publishes so many.
const { Queue, Worker } = require("bullmq");
const fs = require("fs");
const http = require("http");

const address = new URL(process.env.BENCH_BROKER);
const connection = { host: address.hostname, port: Number(address.port), maxRetriesPerRequest: null };
const CHUNK = 500, CONCURRENCY = 50;
const count = Number(process.argv[2] || 0);

async function fill() {
  const queue = new Queue("bench", { connection });
  const job = { name: "fetch", data: { url: process.env.BENCH_URL }, opts: { removeOnComplete: true } };
  for (let first = 0; first < count; first += CHUNK) {
    await queue.addBulk(Array(Math.min(CHUNK, count - first)).fill(job));
  }
  await queue.close();
}

function get(url, agent) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => resolve(JSON.parse(Buffer.concat(parts))));
    }).on("error", reject);
  });
}

function work() {
  const hits = fs.openSync(process.env.BENCH_HITS, "a");
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  new Worker("bench", async (job) => {
    const found = await get(job.data.url, agent);
    if (Object.keys(found.hourly).length !== 7) throw new Error("not the answer");
    fs.writeSync(hits, ".");
  }, { connection, concurrency: CONCURRENCY });
}

if (count) fill(); else work();
