"""A TCP relay that adds a delay to each round trip, as a far source has. A process of its own, so that it is not slowed by
the harness: `latency_proxy.py PORT TARGET_PORT DELAY_MS` listens on loopback and prints a line when it does."""
import asyncio
import contextlib
import sys


async def _relay(reader, writer, delay_s):
    """Hands on what comes, each piece after its delay, however much is on its way meanwhile."""
    loop = asyncio.get_running_loop()
    under_way = asyncio.Queue()

    async def deliver():
        while True:
            due, piece = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not piece:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    with contextlib.suppress(OSError):
        while piece := await reader.read(1 << 16):
            under_way.put_nowait((loop.time() + delay_s, piece))
    under_way.put_nowait((loop.time() + delay_s, b""))
    with contextlib.suppress(OSError):
        await delivery


async def _serve(port, target_port, delay_s):
    async def connected(reader, writer):
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", target_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_relay(reader, target_writer, delay_s / 2), _relay(target_reader, writer, delay_s / 2))
        for end in (writer, target_writer):
            end.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    print("listening", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000))
