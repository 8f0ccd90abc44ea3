# SPDX-License-Identifier: BSD-2-Clause
"""A network block device (NBD, doc/proto.md) whose content changes after some reads."""

import os
import socket
import struct
import threading

FIXED_NEWSTYLE, NO_ZEROES = 1, 2
OPTION_EXPORT_NAME, OPTION_ABORT = 1, 2
HAS_FLAGS, READ_ONLY = 1, 2
REPLY_UNSUPPORTED = 0x80000001
READ, DISCONNECT = 0, 2
EINVAL = 22


class Server:
    """One disk on a Unix socket, for one client."""

    def __init__(self, path, content, then, reads):
        self.path, self.content, self.then, self.reads = path, content, then, reads
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(10)
        os.unlink(self.path)

    def serve(self):
        try:
            while True:
                client, _ = self.socket.accept()
                with client, client.makefile("rb") as stream:
                    if self.agree(client, stream):
                        self.answer(client, stream)
        except (OSError, struct.error):
            pass  # either of them is gone

    def agree(self, client, stream):
        """The handshake. The client is left without any option but to take the disk."""
        client.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", FIXED_NEWSTYLE | NO_ZEROES))
        flags, = struct.unpack(">I", stream.read(4))
        while True:
            _, option, length = struct.unpack(">8sII", stream.read(16))
            stream.read(length)
            if option == OPTION_EXPORT_NAME:
                client.sendall(struct.pack(">QH", len(self.content), HAS_FLAGS | READ_ONLY) +
                               (b"" if flags & NO_ZEROES else bytes(124)))
                return True
            if option == OPTION_ABORT:
                return False
            client.sendall(struct.pack(">QIII", 0x3e889045565a9, option, REPLY_UNSUPPORTED, 0))

    def answer(self, client, stream):
        while True:
            _, _, kind, handle, offset, length = struct.unpack(">IHHQQI", stream.read(28))
            if kind == DISCONNECT:
                return
            client.sendall(struct.pack(">IIQ", 0x67446698, 0 if kind == READ else EINVAL, handle))
            if kind == READ:
                self.reads -= 1
                content = self.content if self.reads >= 0 else self.then
                client.sendall(content[offset:offset + length])
