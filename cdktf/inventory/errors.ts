/** What the command says in one sentence, and with which exit code. */

/** Wrong use: an option, or a file that is no Terraform state. */
export class InventoryError extends Error {
  override name = 'InventoryError';
  readonly exitCode = 2;
}
