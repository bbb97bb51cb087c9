/** Where the focus goes when what had it is no more: the screen's title. */
export function focusTitle(): void {
  document.querySelector<HTMLElement>('main h1')?.focus();
}
