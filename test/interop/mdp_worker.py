"""An MDP worker: mdp_worker.py VERSION ENDPOINT SERVICE [PARTS]

Answers every request; under 0.2 the answer may come in PARTS more than the last.
"""

import sys
import time

import zmq

import mdp
from transactions import answer, say_ready, warn


class Worker:
    def __init__(self, version, endpoint, service, parts):
        self.version, self.endpoint, self.service, self.parts = version, endpoint, service, parts
        self.context = zmq.Context()
        self.socket = None
        self.register()

    def register(self):
        """W2, W3: every registration on a socket of its own."""
        if self.socket is not None:
            self.socket.close(0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect(self.endpoint)
        self.say(self.version.w_ready, self.service)
        self.heard_at = time.monotonic()

    def say(self, command, *frames):
        self.socket.send_multipart(self.version.lead + [self.version.worker, command, *frames])
        self.spoke_at = time.monotonic()

    def run(self):
        while True:
            if self.socket.poll(max(0, (self.spoke_at + mdp.HEARTBEAT - time.monotonic()) * 1000)):
                self.heard_at = time.monotonic()
                self.receive(self.socket.recv_multipart())
            now = time.monotonic()
            if now - self.heard_at > mdp.HEARTBEAT * mdp.LIVENESS:
                warn("the broker is silent")
                self.register()
            elif now - self.spoke_at >= mdp.HEARTBEAT:
                self.say(self.version.w_heartbeat)

    def receive(self, frames):
        version = self.version
        head = version.lead + [version.worker]
        rest = frames[len(head):]
        if frames[:len(head)] != head or not rest:
            warn("not for a worker: %r" % frames[:4])
        elif rest[0] == version.w_request and len(rest) >= 4 and rest[2] == b"":
            self.reply(rest[1], answer(rest[3:]))
        elif rest[0] == version.w_disconnect:
            self.register()
        elif rest[0] != version.w_heartbeat:
            warn("malformed: %r" % frames[:4])

    def reply(self, client, body):
        for _ in range(self.parts):
            first, body = body[0], body[1:]
            half = len(first) // 2
            self.say(self.version.w_partial, client, b"", first[:half])
            body = [first[half:]] + body
        self.say(self.version.w_final, client, b"", *body)


def main(version, endpoint, service, parts=0):
    worker = Worker(mdp.VERSIONS[version], endpoint, service.encode(), int(parts))
    say_ready()
    worker.run()


main(*sys.argv[1:])
