import { useEffect } from 'react';
import { cssTokens, type ThemeName, THEMES } from '../timeline/theme.ts';
import { useApp, useMedia } from './page.tsx';

/** The theme that is shown: the chosen one, or the system's. */
export function useTheme(): ThemeName {
  const chosen = useApp((s) => s.settings.theme);
  const systemIsDark = useMedia('(prefers-color-scheme: dark)');
  return chosen === 'system' ? (systemIsDark ? 'dark' : 'light') : chosen;
}

/** Keeps the page's colours those of the theme; the canvas takes them from the same tables. */
export function useThemeTokens(): void {
  const name = useTheme();
  useEffect(() => applyTheme(name), [name]);
}

/** Sets the colours on the root element through the CSSOM, which the Content-Security-Policy allows. */
export function applyTheme(name: ThemeName): void {
  const { style } = document.documentElement;
  style.setProperty('color-scheme', name);
  for (const [token, value] of cssTokens(THEMES[name])) style.setProperty(token, value);
}
