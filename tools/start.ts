/** `npm start`: builds the site, serves it under its own Content-Security-Policy and prints the address. */
import { parseArgs } from 'node:util';
import { build, preview } from 'vite';

const HELP = `npm start -- [options]
  --open         open the page in a browser
  --port NUMBER  first port to try (4173); the next free one is taken
  --host NAME    address to listen on (localhost)
  --help         this text`;

try {
  await start();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      open: { type: 'boolean', default: false },
      port: { type: 'string', default: '4173' },
      host: { type: 'string', default: 'localhost' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`--port is ${values.port}; it must be a whole number from 1 to 65535.`);
  }
  await build({ logLevel: 'warn' });
  const server = await preview({ preview: { port, host: values.host, open: values.open }, logLevel: 'warn' });
  const urls = [...(server.resolvedUrls?.local ?? []), ...(server.resolvedUrls?.network ?? [])];
  process.stdout.write(`bioscope is at ${urls.join(' and ')}\nPress Ctrl+C to stop.\n`);
}
