import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/theme.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id "root"');
createRoot(root).render(
  <StrictMode>
    <main>
      <h1>bioscope</h1>
      <p>How Linux completes block I/O.</p>
    </main>
  </StrictMode>,
);
