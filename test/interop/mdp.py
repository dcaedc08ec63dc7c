"""7/MDP 0.1 and 18/MDP 0.2: their frames as they stand in the RFCs, in both directions.

    0.1   every message begins with an empty frame; clients' messages have no command
    0.2   no empty frame; every message has a command
"""

import collections

Version = collections.namedtuple("Version", "name lead client worker c_request c_partial c_final "
                                            "w_ready w_request w_partial w_final w_heartbeat w_disconnect")

V01 = Version("0.1", [b""], b"MDPC01", b"MDPW01", [], None, [],
              b"\x01", b"\x02", None, b"\x03", b"\x04", b"\x05")
V02 = Version("0.2", [], b"MDPC02", b"MDPW02", [b"\x01"], [b"\x02"], [b"\x03"],
              b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06")
VERSIONS = {"0.1": V01, "0.2": V02}

HEARTBEAT = 2.5
LIVENESS = 3


def version_of(frames):
    """The version that a message without its routing id is of, or None."""
    for version in VERSIONS.values():
        lead = len(version.lead)
        if frames[:lead] == version.lead and len(frames) > lead and frames[lead] in (version.client, version.worker):
            return version
    return None
