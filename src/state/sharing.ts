import { copyAs, type CopyKind } from '../link/copy.ts';
import { linkSize, type LinkSize } from '../link/size.ts';

export type { CopyKind, LinkSize };
export { linkSize };

/** The page's address with another fragment. */
export const linkUrl = (href: string, fragment: string): string =>
  `${href.split('#', 1)[0] ?? ''}#${fragment}`;

/** The link as it goes into a clipboard. */
export const copyLink = copyAs;
