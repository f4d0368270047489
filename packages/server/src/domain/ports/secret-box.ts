/** Keeps short secrets unreadable where they are stored or carried about. */
export interface SecretBox {
  /** `purpose` is part of the seal: what was sealed for one thing does not open as another. */
  seal(secret: string, purpose: string): string;
  /** Undefined for what this box has not sealed for this purpose. */
  open(sealed: string, purpose: string): string | undefined;
}
