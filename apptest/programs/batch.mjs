// A batch job that pushes what it did. usage: node batch.mjs PUSHGATEWAY_URL ROWS
import { Gauge, Pushgateway, Registry } from "@narthex/client";

const [url, rows] = process.argv.slice(2);
const registry = new Registry();
new Gauge({ name: "batch_rows_imported", help: "Rows of the last import.", registers: [registry] }).set(Number(rows));
await new Pushgateway(url, {}, registry).pushAdd({ jobName: "import" });
