"""A 10/FLP server: flp_server.py ENDPOINT

A ROUTER whose routing id is the endpoint that clients connect to (F2).
"""

import sys

import zmq

from transactions import answer, say_ready

socket = zmq.Context().socket(zmq.ROUTER)
socket.routing_id = sys.argv[1].encode()
socket.bind(sys.argv[1])
say_ready()
while True:
    frames = socket.recv_multipart()
    if frames[1:] == [b"PING"]:
        socket.send_multipart([frames[0], b"PONG"])
    elif len(frames) >= 3:
        socket.send_multipart(frames[:2] + answer(frames[2:]))
