"""An MDP broker: mdp_broker.py ENDPOINT

Speaks 0.1 and 0.2 on one ROUTER, with 8/MMI. A worker has one request at a time; the one longest idle is asked first.
"""

import collections
import sys
import time

import zmq

import mdp
from transactions import say_ready, warn


class Worker:
    def __init__(self, address, version, service):
        self.address, self.version, self.service = address, version, service
        self.client = None
        self.heard_at = time.monotonic()


class Broker:
    def __init__(self, endpoint):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.bind(endpoint)
        self.workers = {}
        self.queues = collections.defaultdict(collections.deque)
        self.idle = collections.defaultdict(collections.deque)

    def run(self):
        tick_at = time.monotonic() + mdp.HEARTBEAT
        while True:
            if self.socket.poll(max(0, (tick_at - time.monotonic()) * 1000)):
                frames = self.socket.recv_multipart()
                self.receive(frames[0], frames[1:])
            if time.monotonic() >= tick_at:
                tick_at += mdp.HEARTBEAT
                self.tick()

    def tick(self):
        now = time.monotonic()
        for worker in list(self.workers.values()):
            if now - worker.heard_at > mdp.HEARTBEAT * mdp.LIVENESS:
                self.forget(worker)
            else:
                self.command(worker.address, worker.version, worker.version.w_heartbeat)

    def receive(self, sender, frames):
        version = mdp.version_of(frames)
        if version is None:
            return warn("malformed: %r" % frames[:3])
        kind, rest = frames[len(version.lead)], frames[len(version.lead) + 1:]
        if kind == version.client:
            if rest[:len(version.c_request)] == version.c_request:
                self.from_client(sender, version, rest[len(version.c_request):])
        elif rest:
            self.from_worker(sender, version, rest[0], rest[1:])

    def from_client(self, sender, version, rest):
        if len(rest) < 2:
            return warn("a client's request without a body")
        service, body = rest[0], rest[1:]
        if service.startswith(b"mmi."):
            self.reply((sender, version), version.c_final, service, [self.mmi(service, body)])
            return
        self.queues[service].append((sender, version, body))
        self.dispatch(service)

    def mmi(self, service, body):
        if service != b"mmi.service":
            return b"501"
        return b"200" if any(worker.service == body[0] for worker in self.workers.values()) else b"404"

    def from_worker(self, sender, version, command, rest):
        worker = self.workers.get(sender)
        if command == version.w_disconnect:
            if worker is not None:
                self.forget(worker)
            return
        if command == version.w_ready:
            if worker is None and len(rest) == 1 and not rest[0].startswith(b"mmi."):
                worker = self.workers[sender] = Worker(sender, version, rest[0])
                self.idle[worker.service].append(worker)
                self.dispatch(worker.service)
                return
        elif worker is not None and command == version.w_heartbeat:
            worker.heard_at = time.monotonic()
            return
        elif worker is not None and command in (version.w_partial, version.w_final):
            if worker.client is not None and len(rest) >= 3 and rest[0] == worker.client[0] and rest[1] == b"":
                self.answered(worker, command, rest[2:])
                return
        self.command(sender, version, version.w_disconnect)
        if worker is not None:
            self.forget(worker)

    def answered(self, worker, command, body):
        worker.heard_at = time.monotonic()
        client = worker.client
        if command == worker.version.w_final:
            self.reply(client, client[1].c_final, worker.service, body)
            worker.client = None
            self.idle[worker.service].append(worker)
            self.dispatch(worker.service)
        elif client[1].c_partial is not None:
            self.reply(client, client[1].c_partial, worker.service, body)

    def dispatch(self, service):
        idle, queue = self.idle[service], self.queues[service]
        while idle and queue:
            worker = idle.popleft()
            sender, version, body = queue.popleft()
            worker.client = (sender, version)
            self.command(worker.address, worker.version, worker.version.w_request, sender, b"", *body)

    def forget(self, worker):
        del self.workers[worker.address]
        if worker in self.idle[worker.service]:
            self.idle[worker.service].remove(worker)

    def command(self, address, version, command, *frames):
        self.socket.send_multipart([address, *version.lead, version.worker, command, *frames])

    def reply(self, client, command, service, body):
        address, version = client
        self.socket.send_multipart([address, *version.lead, version.client, *command, service, *body])


broker = Broker(sys.argv[1])
say_ready()
broker.run()
