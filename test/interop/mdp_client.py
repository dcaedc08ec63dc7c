"""An MDP client: mdp_client.py VERSION ENDPOINT SERVICE COUNT [IDENTITIES]

As many sockets as IDENTITIES, each with one request outstanding. A request that is not answered in time is sent again on a new
socket (C3), at most RETRIES times.
"""

import sys
import time

import zmq

import mdp
from transactions import Tally, body_of, warn

TIMEOUT = 2.5
RETRIES = 3


class Identity:
    def __init__(self, context, poller, version, endpoint, service):
        self.context, self.poller = context, poller
        self.version, self.endpoint, self.service = version, endpoint, service
        self.socket = None
        self.number = None
        self.open()

    def open(self):
        if self.socket is not None:
            self.poller.unregister(self.socket)
            self.socket.close(0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect(self.endpoint)
        self.poller.register(self.socket, zmq.POLLIN)
        self.parts = []

    def begin(self, number):
        self.number = number
        self.tries = 0
        self.send()

    def send(self):
        self.tries += 1
        self.due = time.monotonic() + TIMEOUT
        self.parts = []
        version = self.version
        self.socket.send_multipart(
            version.lead + [version.client] + version.c_request + [self.service] + body_of(self.number))

    def receive(self, tally):
        frames = self.socket.recv_multipart()
        version = self.version
        head = len(version.lead) + 1
        if frames[:head] != version.lead + [version.client]:
            return warn("not for a client: %r" % frames[:3])
        rest = frames[head:]
        if version is mdp.V02:
            command, rest = rest[:1], rest[1:]
        else:
            command = version.c_final
        if len(rest) < 2 or rest[0] != self.service or command not in (version.c_partial, version.c_final):
            return warn("malformed reply: %r" % frames[:4])
        self.parts += rest[1:]
        if command == version.c_final and self.number is not None:
            tally.told(self.number, self.parts)
            self.number = None


def main(version, endpoint, service, count, identities=8):
    tally = Tally(int(count))
    context = zmq.Context()
    poller = zmq.Poller()
    all_of_them = [Identity(context, poller, mdp.VERSIONS[version], endpoint, service.encode())
                   for _ in range(int(identities))]
    while not tally.done:
        for identity in all_of_them:
            if identity.number is None:
                number = tally.next()
                if number is not None:
                    identity.begin(number)
        ready = dict(poller.poll(100))
        for identity in all_of_them:
            if identity.socket in ready:
                identity.receive(tally)
            elif identity.number is not None and time.monotonic() > identity.due:
                identity.open()
                if identity.tries < RETRIES:
                    tally.retries += 1
                    identity.send()
                else:
                    tally.lost += 1
                    identity.number = None
    tally.report()
    context.destroy(0)


main(*sys.argv[1:])
