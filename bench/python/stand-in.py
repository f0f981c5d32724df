#!/usr/bin/env python3
"""Stands in for a worker of one machine among many: the protocol of docs/protocol.md without a PowerShell, in some 10 MB. A request is answered
by its own body. A message that is a number makes it send that many texts of 100 bytes; one that is the text "end" is sent back. See
machines-scale.ps1."""
import os
import socket
import struct
import sys
import time

KINDS = {'hello': 1, 'welcome': 2, 'online': 4, 'ready': 5, 'stop': 6, 'goodbye': 8, 'ping': 9, 'pong': 10, 'credit': 16, 'wanted': 17, 'message': 64, 'request': 67, 'reply': 68}
WINDOW = 1000
TOLD_AFTER = WINDOW // 4
TICKS_AT_EPOCH = 621355968000000000

pipe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
pipe.connect(os.environ['CLUSTER_WORKER_PIPE'])
source = pipe.makefile('rb', 65536)
out = bytearray()
sequence = unread = read_first = read_last = wanted = 0


def frame(kind, payload=b''):
    out.extend(struct.pack('<iB', len(payload) + 1, KINDS[kind]) + payload)


def flush():
    pipe.sendall(out)
    out.clear()


def data(kind, body, correlation=None):
    global sequence
    sequence += 1
    header = struct.pack('<Bqqi', 0 if correlation is None else 4, sequence, TICKS_AT_EPOCH + time.time_ns() // 100, 0)
    header += b'' if correlation is None else struct.pack('<q', correlation)
    frame(kind, struct.pack('<H', len(header)) + header + body)


def tell():
    """What was read; requests and messages count alike."""
    global read_first
    if read_first:
        frame('credit', struct.pack('<qq', read_first, read_last))
        read_first = 0


def send_wanted():
    global wanted, unread
    while wanted and unread < WINDOW:
        data('message', b'"' + b'x' * 98 + b'"')
        wanted -= 1
        unread += 1


frame('hello', struct.pack('<HHBi', 1, 1, 1, os.getpid()) + bytes.fromhex(os.environ['CLUSTER_WORKER_TOKEN']))
frame('online')
frame('ready')
flush()
while head := source.read(5):
    size, kind = struct.unpack('<iB', head)
    payload = source.read(size - 1)
    if kind == KINDS['ping']:
        frame('pong')
    elif kind == KINDS['stop']:
        frame('goodbye', b'{"outcome":0,"exitCode":0,"error":null}')
        flush()
        sys.exit(0)
    elif kind == KINDS['credit']:
        for at in range(0, len(payload), 16):
            first, last = struct.unpack_from('<qq', payload, at)
            unread -= last - first + 1
        send_wanted()
    elif kind == KINDS['wanted']:
        tell()
    elif kind in (KINDS['message'], KINDS['request']):
        length, flags, number = struct.unpack_from('<HBq', payload)
        body = payload[2 + length:]
        read_first, read_last = read_first or number, number
        if kind == KINDS['request']:
            tell()
            data('reply', body, struct.unpack_from('<q', payload, 2 + 21)[0])
        elif body == b'"end"':
            tell()
            data('message', body)
            unread += 1
        elif body.isdigit():
            wanted += int(body)
            send_wanted()
        if read_first and read_last - read_first + 1 >= TOLD_AFTER:
            tell()
    if out:
        flush()
