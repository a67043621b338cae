import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type PreviewOptions } from 'vite';
import { CSP_HEADER, CSP_META } from './tools/csp.ts';

/** The policy goes into the built page only: the development server injects styles and its own client. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'bioscope-csp',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP_META },
        injectTo: 'head-prepend', // a policy holds only for what follows it
      },
    ],
  };
}

/**
 * Kernel functions are known by their `fn.name`, which is written into the log: a bundle that shortens it would give
 * other bytes than Node does.
 */
const keepNames = { output: { keepNames: true } };

/** The page in parts that a browser can keep while others change: what is foreign, the kernel's texts, and the page. */
const parts = {
  output: {
    ...keepNames.output,
    codeSplitting: {
      groups: [
        { name: 'vendor', test: /node_modules/ },
        { name: 'kernel', test: /src\/(kernel|engine|scenario|log|base)\// },
        { name: 'analysis', test: /src\/(analysis|timeline|machine)\// },
      ],
    },
  },
};

const preview: PreviewOptions = {
  headers: {
    'Content-Security-Policy': CSP_HEADER,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  },
};

export default defineConfig({
  base: './', // the site works from any sub-path
  appType: 'mpa', // a wrong path is a 404, not the page again
  plugins: [react(), contentSecurityPolicy()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // font-src has no data:
    modulePreload: { polyfill: false },
    rolldownOptions: parts,
  },
  worker: { format: 'es', rolldownOptions: keepNames },
  preview,
});
