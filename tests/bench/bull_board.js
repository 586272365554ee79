// Bull Board over as many queues as we have: node bull_board.js REDIS_PORT PORT
const { Queue } = require("bullmq");
const { createBullBoard } = require("@bull-board/api");
const { BullMQAdapter } = require("@bull-board/api/bullMQAdapter");
const { ExpressAdapter } = require("@bull-board/express");
const express = require("express");

const [redis, port] = process.argv.slice(2).map(Number);
const names = ["data-fetch", "analytics", "maintenance", "monitoring", "notifications"];
const serverAdapter = new ExpressAdapter();
serverAdapter.setBasePath("/ui");
createBullBoard({
  queues: names.map((name) => new BullMQAdapter(
    new Queue(name, { connection: { host: "127.0.0.1", port: redis } }))),
  serverAdapter,
});
express().use("/ui", serverAdapter.getRouter()).listen(port, "127.0.0.1");
