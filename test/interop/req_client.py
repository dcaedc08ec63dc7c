"""Plain REQ clients in lock-step: req_client.py ENDPOINT COUNT [SOCKETS]"""

import sys

import zmq

from transactions import Tally, body_of


def main(endpoint, count, sockets=8):
    tally = Tally(int(count))
    context = zmq.Context()
    poller = zmq.Poller()
    asked = {}

    def ask(socket):
        number = tally.next()
        if number is not None:
            asked[socket] = number
            socket.send_multipart(body_of(number))

    for _ in range(int(sockets)):
        socket = context.socket(zmq.REQ)
        socket.connect(endpoint)
        poller.register(socket, zmq.POLLIN)
        ask(socket)
    while not tally.done:
        ready = poller.poll(5000)
        if not ready:
            tally.lost = tally.count - tally.right - tally.mixed_up
        for socket, _ in ready:
            tally.told(asked.pop(socket), socket.recv_multipart())
            ask(socket)
    tally.report()
    context.destroy(0)


main(*sys.argv[1:])
