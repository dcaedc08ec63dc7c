/**
 * Why a handshake failed, as far as each end can see it. Measured with libzmq 4.3.5, at the caller | at the listener:
 *
 *     the caller's key is not listed             unauthorized            | unauthorized
 *     the caller has another serverKey           broken-off              | protocol
 *     the caller's secret and public key differ  broken-off              | protocol (façades refuse this at once)
 *     the caller has no CURVE, the listener has  broken-off or mechanism | mechanism or broken-off
 *     the caller has CURVE, the listener has not mechanism or broken-off | broken-off or mechanism
 *
 * Where two are named, it is whoever reads the other's greeting first that says `mechanism` and hangs up on the other.
 */
import type { DenialCause } from '../events.ts';

/** What libzmq's monitor calls the three ways in which a handshake can fail. */
export type HandshakeFailure = 'auth' | 'protocol' | 'other';

export function causeOf(failure: HandshakeFailure, error: Error): DenialCause {
  if (failure === 'auth') return 'unauthorized';
  if (failure === 'other') return 'broken-off';
  return (error as NodeJS.ErrnoException).code === 'ERR_ZMTP_MECHANISM_MISMATCH' ? 'mechanism' : 'protocol';
}

export function reasonOf(cause: DenialCause, side: 'caller' | 'listener', isSecured: boolean): string {
  const which = isSecured ? 'secured' : 'plain';
  return reasons[side][which][cause];
}

const reasons = {
  caller: {
    secured: {
      unauthorized: 'it does not let our public key in',
      mechanism: 'it does not speak CURVE',
      protocol: 'the CURVE handshake failed',
      'broken-off': 'it broke the handshake off: serverKey may not be its public key, or it has no CURVE',
    },
    plain: {
      unauthorized: 'it does not let us in',
      mechanism: 'it asks for CURVE, and we have no "security"',
      protocol: 'the handshake failed',
      'broken-off': 'it broke the handshake off: it may have died, or ask for CURVE',
    },
  },
  listener: {
    secured: {
      unauthorized: 'its public key is not among "clients"',
      mechanism: 'it does not speak CURVE',
      protocol: 'the CURVE handshake failed: it may have another serverKey',
      'broken-off': 'it broke the handshake off: it may have died, or have no CURVE',
    },
    plain: {
      unauthorized: 'it was not let in',
      mechanism: 'it speaks CURVE, and we have no "security"',
      protocol: 'the handshake failed',
      'broken-off': 'it broke the handshake off: it may have died, or ask for CURVE',
    },
  },
} as const satisfies Record<string, Record<string, Record<DenialCause, string>>>;
