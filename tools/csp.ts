/**
 * The Content-Security-Policy of the site: everything from its own origin, nothing inline, nothing evaluated.
 * It is in index.html, for static hosts that set no headers, and in the preview server's headers.
 */
const POLICY: readonly string[] = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

export const CSP_META = POLICY.join('; ');

/** A <meta> may not say who frames the page; a header may. */
export const CSP_HEADER = [...POLICY, "frame-ancestors 'none'"].join('; ');
