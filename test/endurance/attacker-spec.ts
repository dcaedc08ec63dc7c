/** What an attacker is told to be. */
export interface AttackerSpec {
  readonly pattern: string;
  /** `clients`: it connects, and attacks a broker or servers. `server`: it binds, and attacks the clients that connect. */
  readonly as: 'clients' | 'server';
  readonly endpoint: string;
  readonly messages: number;
  readonly seed: number;
}

/** What it has sent, by kind. */
export interface Attacked {
  readonly sent: Readonly<Record<string, number>>;
  readonly identities: number;
}
