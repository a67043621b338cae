/** Types of objects whose label says only which of them it is: of which CPU a batch is, of which file a list. */
const TITLES: Readonly<Record<string, string>> = {
  bio_complete_batch: 'bio_complete batch',
  dropbehind_batch: 'dropbehind batch',
  i_ioend_list: 'i_ioend_list',
  i_iomap_ioend_list: 'i_iomap_ioend_list',
  i_rsv_conversion_list: 'i_rsv_conversion_list',
  folio: 'folio',
};

/** How an object with a label is called on screen: "bio_complete batch CPU 0", "folio data 3", else its label. */
export function titleOf(type: string, label: string): string {
  const title = Object.hasOwn(TITLES, type) ? TITLES[type] : undefined;
  return title === undefined ? label : `${title} ${label.replace(/^cpu /, 'CPU ')}`;
}
