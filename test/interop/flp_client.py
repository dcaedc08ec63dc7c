"""A 10/FLP client: flp_client.py COUNT OUTSTANDING ENDPOINT...

One ROUTER without a routing id of its own, connected to every server, each of which is known by its endpoint (F1, F2). Control
frames are numbers. A request that is not answered in time goes to the next server; one that missed three PONGs is not asked (F5).
"""

import sys
import time

import zmq

from transactions import Tally, body_of, warn

TIMEOUT = 2.0
RETRIES = 5
PING_EVERY = 0.5
MISSED = 3


class Server:
    def __init__(self, name):
        self.name = name
        self.heard_at = None
        self.pinged_at = 0

    def alive(self, now):
        return self.heard_at is not None and now - self.heard_at < PING_EVERY * (MISSED + 1)


class Client:
    def __init__(self, count, outstanding, endpoints):
        self.tally = Tally(count)
        self.outstanding = outstanding
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.router_mandatory = True
        self.servers = {}
        for endpoint in endpoints:
            self.socket.connect(endpoint)
            self.servers[endpoint.encode()] = Server(endpoint.encode())
        self.turn = 0
        self.pending = {}

    def run(self):
        while not self.tally.done:
            now = time.monotonic()
            for server in self.servers.values():
                if now - server.pinged_at >= PING_EVERY:
                    server.pinged_at = now
                    self.send(server, [b"PING"])
            self.deal(now)
            if self.socket.poll(20):
                for _ in range(100):
                    self.receive(self.socket.recv_multipart())
                    if not self.socket.poll(0):
                        break
        self.tally.report()
        self.context.destroy(0)

    def deal(self, now):
        for number, (due, tries) in list(self.pending.items()):
            if now < due:
                continue
            if tries >= RETRIES:
                del self.pending[number]
                self.tally.lost += 1
            elif self.hand_over(number, now, tries + 1):
                self.tally.retries += 1
        while len(self.pending) < self.outstanding and any(server.alive(now) for server in self.servers.values()):
            number = self.tally.next()
            if number is None:
                return
            self.pending[number] = (now, 0)
            self.hand_over(number, now, 1)

    def hand_over(self, number, now, tries):
        alive = [server for server in self.servers.values() if server.alive(now)]
        if not alive:
            return False
        self.turn += 1
        if not self.send(alive[self.turn % len(alive)], [b"%d" % number] + body_of(number)):
            return False
        self.pending[number] = (now + TIMEOUT, tries)
        return True

    def send(self, server, frames):
        try:
            self.socket.send_multipart([server.name] + frames, zmq.DONTWAIT)
            return True
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                raise
            return False

    def receive(self, frames):
        server = self.servers.get(frames[0])
        if server is None:
            return warn("a stranger spoke: %r" % frames[0])
        server.heard_at = time.monotonic()
        if frames[1:] == [b"PONG"]:
            return
        number = int(frames[1])
        if len(frames) < 3:
            self.tally.mixed_up += 1
            warn("a reply without a body")
        elif self.pending.pop(number, None) is not None:
            self.tally.told(number, frames[2:])


Client(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]).run()
