"""What every peer here shares: bodies that are all different, the reply that belongs to each, and the count of what came of them.

Peers are written from the RFCs alone, with plain pyzmq, so that they can disagree with Privateer.
"""

import json
import sys
import time

FRAMES_EVERY = 10
"""Each so manieth body has several frames, of which one is empty."""


def body_of(number):
    text = b"request %d " % number + b"." * (number % 200)
    if number % FRAMES_EVERY != 0:
        return [text]
    return [text[:7], b"", text[7:]]


def answer(body):
    """What a server here makes of a body: as many frames, the first one marked."""
    return [b"re: " + body[0]] + body[1:]


class Tally:
    """Every transaction once: answered by its own reply, by another's, or not at all."""

    def __init__(self, count):
        self.count = count
        self.begun = 0
        self.right = 0
        self.mixed_up = 0
        self.lost = 0
        self.retries = 0
        self.started = time.monotonic()

    def next(self):
        """The number of one more transaction, or None."""
        if self.begun == self.count:
            return None
        self.begun += 1
        return self.begun - 1

    def told(self, number, reply):
        # Frames are not compared: a server may join what it was sent in several.
        if b"".join(reply) == b"re: " + b"".join(body_of(number)):
            self.right += 1
        else:
            self.mixed_up += 1

    @property
    def done(self):
        return self.right + self.mixed_up + self.lost == self.count

    def report(self):
        seconds = round(time.monotonic() - self.started, 2)
        told = {name: getattr(self, name) for name in ("count", "right", "mixed_up", "lost", "retries")}
        print(json.dumps({**told, "seconds": seconds}), flush=True)


def say_ready():
    print("ready", flush=True)


def warn(text):
    print(text, file=sys.stderr, flush=True)
