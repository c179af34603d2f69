"""A TCP proxy that delays, stalls and resets: `proxy.py HOST PORT TARGET_HOST:PORT` prints a line when it listens, and
takes a command a line from its standard input:

    pass                      hands on at once (at first)
    delay MS                  each piece after so many milliseconds
    stall both|up|down        hands nothing on, and reads nothing, in this direction; up is to the target
    reset                     ends all connections with RST, and goes on
    refuse                    the same, and refuses new ones
    target HOST:PORT          new connections go there

A process of its own, which ends with its input."""
import asyncio
import contextlib
import socket
import struct
import sys


class Proxy:
    def __init__(self, target):
        self._target = target
        self._delay_s = 0.0
        self._refuses = False
        self._may_pass = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._writers = set()
        self.command(["pass"])

    def command(self, words):
        name, *arguments = words
        if name == "target":
            self._target = arguments[0]
            return
        if name in ("reset", "refuse"):
            for writer in list(self._writers):
                _reset(writer)
        self._refuses = name == "refuse"
        self._delay_s = int(arguments[0]) / 1000 if name == "delay" else 0.0
        for direction, event in self._may_pass.items():
            (event.clear if name == "stall" and arguments[0] in (direction, "both") else event.set)()

    async def connected(self, reader, writer):
        if self._refuses:
            return _reset(writer)
        host, port = self._target.rsplit(":", 1)
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return _reset(writer)
        both = (writer, far_writer)
        self._writers.update(both)
        try:
            await asyncio.gather(self._relay(reader, far_writer, "up"), self._relay(far_reader, writer, "down"))
        finally:
            self._writers.difference_update(both)
            for end in both:
                end.close()

    async def _relay(self, reader, writer, direction):
        with contextlib.suppress(OSError):
            while True:
                await self._may_pass[direction].wait()
                piece = await reader.read(1 << 16)
                await self._may_pass[direction].wait()
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()


def _reset(writer):
    """Closing with a linger of no time sends RST."""
    end = writer.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _serve(host, port, target):
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.connected, host, port)
    print("listening", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with server:
        while line := await commands.readline():
            proxy.command(line.decode().split())
            print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
