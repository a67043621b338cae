/**
 * The `test` of every browser journey: besides what it asserts, a journey fails on any request to another origin, any
 * violation of the Content-Security-Policy, any uncaught error and any console error, in whichever page it opens.
 */
import { test as base, expect, type BrowserContext } from '@playwright/test';

type Fixtures = {
  /** What went wrong behind the journey's back. A journey that provokes an error on purpose removes its line. */
  offences: string[];
};

/** Printed by the page when the policy is violated; a prefix that no other message has. */
const VIOLATION = 'bioscope-csp-violation';

export const test = base.extend<Fixtures>({
  offences: [
    async ({ context, baseURL }, use) => {
      const offences: string[] = [];
      await watch(context, new URL(baseURL ?? 'http://localhost').origin, offences);
      await use(offences);
      expect(offences, 'nothing leaves the origin, violates the policy or fails unseen').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Also for a journey that opens a context of its own ("a fresh browser"): call it before the first page. */
export async function watch(context: BrowserContext, origin: string, offences: string[]): Promise<void> {
  await context.addInitScript((prefix) => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`${prefix}: ${event.violatedDirective} blocked ${event.blockedURI || 'inline code'}`);
    });
  }, VIOLATION);
  // Routed and not only listened to, so that a request elsewhere is stopped as well as told.
  await context.route(
    (url) => !isOwn(url, origin),
    (route) => {
      offences.push(`request to another origin: ${route.request().url()}`);
      return route.abort();
    },
  );
  context.on('request', (request) => {
    if (!isOwn(new URL(request.url()), origin)) offences.push(`request to another origin: ${request.url()}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error') offences.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => {
    offences.push(`uncaught: ${error.error().message}`);
  });
}

function isOwn(url: URL, origin: string): boolean {
  return (
    url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:' || url.protocol === 'about:'
  );
}
