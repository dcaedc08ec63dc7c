"""A plain REP server: rep_server.py ENDPOINT"""

import sys

import zmq

from transactions import answer, say_ready

socket = zmq.Context().socket(zmq.REP)
socket.bind(sys.argv[1])
say_ready()
while True:
    socket.send_multipart(answer(socket.recv_multipart()))
