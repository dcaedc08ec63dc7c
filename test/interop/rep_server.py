"""A plain REP server: rep_server.py bind|connect ENDPOINT..."""

import sys

import zmq

from transactions import answer, say_ready

socket = zmq.Context().socket(zmq.REP)
for endpoint in sys.argv[2:]:
    getattr(socket, sys.argv[1])(endpoint)
say_ready()
while True:
    socket.send_multipart(answer(socket.recv_multipart()))
