/** What `connect` takes besides a pattern. */
import type { Note } from './machine.ts';
import type { Given, Settings } from './parts/settings.ts';
import type { Security } from './security.ts';

/** Where a client and its peers meet: it connects to them, or, in the variants whose clients listen, they to it. */
type Where =
  | {
      /**
       * Where the servers are, or the brokers: `tcp://host:port` or `ipc://path`. A name is resolved again for each attempt
       * to connect, by libzmq's own thread: while a resolver hangs, so does everything that thread carries.
       */
      endpoints: string | readonly string[];
      bind?: never;
    }
  | {
      /** Where to listen, in the variants whose clients do: as many endpoints as their setting says. */
      bind: string | readonly string[];
      endpoints?: never;
    };

/** What `connect` takes: the pattern's own settings, each with its default and its limits, and these. */
export type ConnectSettings<S extends Settings = Settings> = Given<S> & Where & ClientSettings;

interface ClientSettings {
  /** 1 to 255 printable ASCII characters; `default` by default. */
  service?: string;
  /** 1 to 16 letters, digits, ".", "_" and "-". Made at random by default; give one to repeat transactions after a restart. */
  clientId?: string;
  /** Keys for CURVE: those of a caller, `{ serverKey, secretKey }`. Without it nothing is encrypted, and anybody let in. */
  security?: Security;
  /** One of the pattern's variants; its first by default. */
  variant?: string;
  /** Is told everything the machine notes. Costs time; leave it away where nobody listens. */
  trace?: (note: Note) => void;
}
